"""Resizing of windows and general linear maps of images, with interpolation."""

from collections.abc import Sequence
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
Box = tuple[int, int, int, int]


def resize_windows(
    images: Tensor, placement: Placement, mode: Interpolation, library: Library
) -> Tensor:
    """Windows of images (N, T, C, H, W), resized to ``placement.size``; black outside.

    The T frames of a sample have the same window.
    """
    matrices, shifts = placement.matrix.tolist(), placement.shift.tolist()
    boxes = [_box(m, s, placement.size) for m, s in zip(matrices, shifts, strict=True)]
    resize = _by_opencv if library == "opencv" else _by_torch
    return resize(images, boxes, placement.size, mode)


def _box(matrix: list[list[float]], shift: list[float], size: tuple[int, int]) -> Box:
    """x, y, width and height of what a placement without turns takes, in whole pixels."""
    (x, y), scale_x, scale_y = shift, matrix[0][0], matrix[1][1]
    start = round(x - 0.5 * scale_x + 0.5), round(y - 0.5 * scale_y + 0.5)
    return *start, round(scale_x * size[1]), round(scale_y * size[0])


def _cut(image: Tensor, x: int, y: int, width: int, height: int) -> Tensor:
    if _is_inside((x, y, width, height), image.shape):
        return image[:, y : y + height, x : x + width]
    _, old_height, old_width = image.shape
    margins = [
        max(0, -x),
        max(0, x + width - old_width),
        max(0, -y),
        max(0, y + height - old_height),
    ]
    x, y = max(0, x), max(0, y)
    return F.pad(image, margins)[:, y : y + height, x : x + width]


def _is_inside(box: Box, shape: Sequence[int]) -> bool:
    x, y, width, height = box
    return x >= 0 and y >= 0 and x + width <= shape[-1] and y + height <= shape[-2]


def _by_torch(
    images: Tensor, boxes: Sequence[Box], size: tuple[int, int], mode: Interpolation
) -> Tensor:
    pairs = zip(images, boxes, strict=True)
    new = [_interpolated(_cut(f, *box), size, mode) for frames, box in pairs for f in frames]
    joined = new[0] if len(new) == 1 else torch.stack(new)
    return joined.reshape(*images.shape[:3], *size)


def _interpolated(image: Tensor, size: tuple[int, int], mode: Interpolation) -> Tensor:
    if image.shape[1:] == size:
        return image.clone()
    # PyTorch resizes no floats of 16 bits on CPUs.
    pixels = image.float() if image.dtype.itemsize == 2 else image
    resized = F.interpolate(pixels[None], size, mode=mode, antialias=True, align_corners=False)[0]
    return _in_range(resized, mode).to(image.dtype)


def _in_range(images: Tensor, mode: Interpolation) -> Tensor:
    """Cubic weights are in part negative, so that values may leave [0, 1]."""
    return images.clamp(0, 1) if mode == "bicubic" and images.is_floating_point() else images


def _by_opencv(
    images: Tensor, boxes: Sequence[Box], size: tuple[int, int], mode: Interpolation
) -> Tensor:
    cv2 = import_extra("cv2", "Resizing with library='opencv'")
    flag = cv2.INTER_LINEAR if mode == "bilinear" else cv2.INTER_CUBIC
    # Views are NumPy's: PyTorch lets other threads go first at each of its own.
    pixels = images.numpy().transpose(0, 1, 3, 4, 2)
    new = np.empty((*images.shape[:3], *size), pixels.dtype)
    for n, t in np.ndindex(*images.shape[:2]):
        if _is_inside(boxes[n], images.shape):
            x, y, width, height = boxes[n]
            cut = pixels[n, t, y : y + height, x : x + width]
        else:
            cut = _cut(images[n, t], *boxes[n]).permute(1, 2, 0).numpy()
        cv2.split(cv2.resize(cut, size[::-1], interpolation=flag), list(new[n, t]))
    return _in_range(torch.from_numpy(new), mode)


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
