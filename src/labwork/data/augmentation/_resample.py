"""Resizing of windows and general linear maps of images, with interpolation."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from labwork.core import import_extra
from labwork.data.augmentation._placement import Placement

__all__ = ["Interpolation", "Library", "resize_windows", "warp"]

Interpolation = Literal["nearest", "bilinear", "bicubic"]
Library = Literal["torch", "opencv"]


def resize_windows(
    images: Tensor, placement: Placement, mode: Interpolation, library: Library
) -> Tensor:
    """Windows of images (N, L, H, W), resized to ``placement.size``; black outside."""
    resize = _by_opencv if library == "opencv" else _by_torch
    windows = zip(images, placement.matrix.tolist(), placement.shift.tolist(), strict=True)
    new = [
        resize(_cut(image, *_window(matrix, shift, placement.size)), placement.size, mode)
        for image, matrix, shift in windows
    ]
    return new[0][None] if len(new) == 1 else torch.stack(new)


def _window(
    matrix: list[list[float]], shift: list[float], size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """x, y, width and height of what a placement without turns takes, in whole pixels."""
    (x, y), scale_x, scale_y = shift, matrix[0][0], matrix[1][1]
    start = round(x - 0.5 * scale_x + 0.5), round(y - 0.5 * scale_y + 0.5)
    return *start, round(scale_x * size[1]), round(scale_y * size[0])


def _cut(image: Tensor, x: int, y: int, width: int, height: int) -> Tensor:
    _, old_height, old_width = image.shape
    if x >= 0 and y >= 0 and x + width <= old_width and y + height <= old_height:
        return image[:, y : y + height, x : x + width]
    margins = [
        max(0, -x),
        max(0, x + width - old_width),
        max(0, -y),
        max(0, y + height - old_height),
    ]
    x, y = max(0, x), max(0, y)
    return F.pad(image, margins)[:, y : y + height, x : x + width]


def _by_torch(image: Tensor, size: tuple[int, int], mode: Interpolation) -> Tensor:
    if image.shape[1:] == size:
        return image.clone()
    # PyTorch resizes no floats of 16 bits on CPUs.
    pixels = image.float() if image.dtype.itemsize == 2 else image
    resized = F.interpolate(pixels[None], size, mode=mode, antialias=True, align_corners=False)[0]
    return _in_range(resized, mode).to(image.dtype)


def _in_range(image: Tensor, mode: Interpolation) -> Tensor:
    """Cubic weights are in part negative, so that values may leave [0, 1]."""
    return image.clamp(0, 1) if mode == "bicubic" and image.is_floating_point() else image


def _by_opencv(image: Tensor, size: tuple[int, int], mode: Interpolation) -> Tensor:
    cv2 = import_extra("cv2", "Resizing with library='opencv'")
    flag = cv2.INTER_LINEAR if mode == "bilinear" else cv2.INTER_CUBIC
    resized = cv2.resize(image.permute(1, 2, 0).numpy(), size[::-1], interpolation=flag)
    planes = np.empty((len(image), *size), resized.dtype)
    cv2.split(resized, list(planes))
    return _in_range(torch.from_numpy(planes), mode)


def warp(images: Tensor, placement: Placement) -> Tensor:
    """Bilinear values of images (N, L, H, W) at the places of the new pixels, black outside."""
    floats = images if images.dtype == torch.float64 else images.float()
    grid = _grid(placement).to(floats)
    new = F.grid_sample(floats, grid, mode="bilinear", align_corners=False)
    if images.dtype == torch.uint8:
        new = new.round().clamp(0, 255)
    return _keep_unmoved(images, new.to(images.dtype), placement)


def _grid(placement: Placement) -> Tensor:
    height, width = placement.old
    x, y = placement.sources()
    return torch.from_numpy(np.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], axis=-1))


def _keep_unmoved(images: Tensor, new: Tensor, placement: Placement) -> Tensor:
    """An image that stays where it is stays as it is, to the last bit."""
    if placement.size != placement.old:
        return new
    still = (placement.matrix == np.eye(2)).all((1, 2)) & (placement.shift == 0).all(1)
    return images.where(torch.from_numpy(still).to(images.device)[:, None, None, None], new)
