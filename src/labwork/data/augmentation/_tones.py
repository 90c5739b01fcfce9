"""Changes of tone that RandAugment draws from, with the values of PIL."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["autocontrast", "equalize", "posterize", "sharpened", "solarize"]


def autocontrast(images: Tensor) -> Tensor:
    """Stretches each channel of each image to [0, 1]; one of a single value stays."""
    low, high = images.amin((-2, -1), keepdim=True), images.amax((-2, -1), keepdim=True)
    span = high - low
    return ((images - low) / span.where(span > 0, 1)).where(span > 0, images)


def equalize(images: Tensor) -> Tensor:
    """Makes the 256 levels of each channel about equally frequent."""
    levels = (images.clamp(0, 1) * 255).round().long().flatten(0, -3)
    new = torch.stack([_equalized(channel) for channel in levels])
    return new.reshape(images.shape).to(images) / 255


def _equalized(levels: Tensor) -> Tensor:
    counts = torch.bincount(levels.flatten(), minlength=256)
    present = counts[counts > 0]
    step = int((present.sum() - present[-1]) // 255)
    if step == 0:
        return levels
    table = (counts.cumsum(0) - counts + step // 2) // step
    return table.clamp(0, 255)[levels]


def posterize(images: Tensor, bits: int) -> Tensor:
    """Keeps the leading ``bits`` of 8."""
    step = 2 ** (8 - bits)
    return ((images * 255).round() // step * step) / 255


def solarize(images: Tensor, threshold: float) -> Tensor:
    """Inverts the values from ``threshold`` on."""
    return (1 - images).where(images >= threshold, images)


def sharpened(images: Tensor, factors: Tensor) -> Tensor:
    """``f x + (1 - f) s`` with a smoothed image s; pixels at the border stay."""
    height, width = images.shape[-2:]
    if height < 3 or width < 3:
        return images
    rows = images[..., :-2, :] + images[..., 1:-1, :] + images[..., 2:, :]
    sums = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    inner = images[..., 1:-1, 1:-1]
    smooth = (sums + 4 * inner) / 13
    change = F.pad((1 - factors) * (smooth - inner), [1, 1, 1, 1])
    return images + change
