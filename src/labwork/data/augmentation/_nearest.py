"""The pixels nearest to given places: for label maps, and for images whose values must stay."""

import numpy as np
import torch
from torch import Tensor

from labwork.data.augmentation._placement import Placement

__all__ = ["nearest_pixels"]


def nearest_pixels(images: Tensor, placement: Placement, fill: float) -> Tensor:
    """For each pixel of the new images the nearest of the old ones, ``fill`` outside.

    Args:
        images: shape (N, L, H, W), of any type.
        placement: where the new images' pixels come from.
        fill: the value outside.
    """
    x, y = (_rounded(places) for places in placement.sources())
    height, width = images.shape[-2:]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    places = np.where(inside, y * width + x, 0).reshape(len(images), 1, -1)
    index = torch.from_numpy(places).to(images.device).expand(-1, images.shape[1], -1)
    values = images.flatten(2).gather(2, index).reshape(*images.shape[:2], *placement.size)
    mask = torch.from_numpy(inside)[:, None].to(images.device)
    return values.where(mask, torch.tensor(fill, dtype=images.dtype, device=images.device))


def _rounded(places: np.ndarray) -> np.ndarray:
    # Half-way cases would fall here or there by rounding errors; a tiny bias settles them.
    return np.floor(places + 0.5 + 1e-9).astype(np.int64)
