"""Moving pixels: what images, label maps and masks hold at other places."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from labwork.core import ConfigError

__all__ = ["check_images", "is_map", "moved", "pixel_grid"]


def pixel_grid(height: int, width: int, like: Tensor) -> Tensor:
    """The places of pixels, (2, H, W), x before y; (0, 0) is the centre of the first."""
    x = torch.arange(width, device=like.device, dtype=like.dtype)
    y = torch.arange(height, device=like.device, dtype=like.dtype)
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)])


def moved(values: Tensor, flow: Tensor) -> Tensor:
    """What ``values`` hold at each pixel's place plus ``flow``.

    Args:
        values: (N, …, H, W). Floating point is interpolated, 0 outside; whole numbers and bool are
            those of the nearest pixel, -1 and False outside.
        flow: (N, 2, H, W), in pixels, x before y, float32 or float64.

    Returns:
        the shape and the type of ``values``.
    """
    layers = values.reshape(len(values), -1, *values.shape[-2:])
    height, width = flow.shape[2:]
    places = pixel_grid(height, width, flow) + flow
    move = _interpolated if values.is_floating_point() else _nearest
    return move(layers, places).reshape(values.shape)


def is_map(y: Tensor, x: Tensor) -> bool:
    """Whether ``y`` has values for the pixels of the images ``x``, (N, C, H, W), not for samples.

    Raises:
        ConfigError: where it has neither, or can't hold a -1.
    """
    if y.ndim < 3:
        return False
    if len(y) != len(x) or y.shape[-2:] != x.shape[-2:]:
        raise ConfigError(
            f"labels or a mask {tuple(y.shape)} don't fit images {tuple(x.shape)}: they must be"
            " (N, …, H, W) of the same size, or (N,) or (N, K) for whole samples"
        )
    if y.dtype in (torch.uint8, torch.uint16, torch.uint32, torch.uint64):
        raise ConfigError(f"a label map of {y.dtype} can't hold -1, for outside; give y.long()")
    return True


def check_images(owner: object, x: Tensor) -> None:
    """Makes sure that these are images.

    Raises:
        ConfigError: where they aren't.
    """
    if x.ndim != 4:
        raise ConfigError(f"{type(owner).__name__} takes images (N, C, H, W), not {tuple(x.shape)}")


def _interpolated(layers: Tensor, places: Tensor) -> Tensor:
    height, width = layers.shape[2:]
    x, y = places.unbind(1)
    # The image goes from -1 to 1, from edge to edge.
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    wide = layers.to(torch.promote_types(layers.dtype, places.dtype))
    new = F.grid_sample(wide, grid.to(wide.dtype), mode="bilinear", align_corners=False)
    return new.to(layers.dtype)


def _nearest(layers: Tensor, places: Tensor) -> Tensor:
    height, width = layers.shape[2:]
    x, y = places.detach().round().long().unbind(1)
    inside = ((x >= 0) & (x < width) & (y >= 0) & (y < height)).unsqueeze(1)
    index = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
    found = layers.flatten(2).gather(
        2, index.flatten(1).unsqueeze(1).expand(-1, layers.shape[1], -1)
    )
    outside = False if layers.dtype == torch.bool else -1
    return found.reshape(layers.shape).masked_fill(~inside, outside)
