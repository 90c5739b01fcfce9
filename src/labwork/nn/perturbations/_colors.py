"""Colours of images (N, C, H, W): grey, and hue, saturation and value."""

from __future__ import annotations

import torch
from torch import Tensor

from labwork.core import ConfigError

__all__ = ["from_hsv", "grey", "to_hsv"]


def grey(x: Tensor) -> Tensor:
    """0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), shape (N, 1, H, W); grey images as they are."""
    if x.ndim == 4 and x.shape[1] == 1:
        return x
    check_rgb(x)
    red, green, blue = x.unbind(1)
    return (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(1)


def to_hsv(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation and value of RGB images in [0, 1]; each (N, 1, H, W) and in [0, 1].

    Smith: Color gamut transform pairs, 1978. Grey has the hue 0.
    """
    check_rgb(x)
    red, green, blue = x.split(1, 1)
    value = x.amax(1, keepdim=True)
    chroma = value - x.amin(1, keepdim=True)
    safe = chroma.where(chroma > 0, 1)
    hue = torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    hue = torch.where(value == red, (green - blue) / safe, hue)
    return (hue / 6) % 1, chroma / value.where(value > 0, 1), value


def from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """The RGB images (N, 3, H, W) of these; 1 more in hue makes no difference."""
    # Red is n = 5, green 3 and blue 1 in V - V S max(0, min(k, 4 - k, 1)), k = (n + 6 hue) mod 6.
    shifts = 5 - 2 * torch.arange(3, device=hue.device, dtype=hue.dtype).reshape(3, 1, 1)
    sectors = (shifts + 6 * hue) % 6
    return value - value * saturation * torch.minimum(sectors, 4 - sectors).clamp(0, 1)


def check_rgb(x: Tensor) -> None:
    """Makes sure that these are images of three channels.

    Raises:
        ConfigError: where they aren't.
    """
    if x.ndim != 4 or x.shape[1] != 3:
        raise ConfigError(f"colours are those of images (N, 3, H, W), not {tuple(x.shape)}")
