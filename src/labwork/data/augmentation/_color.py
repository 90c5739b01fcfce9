"""Colours of images (N, T, C, H, W), changed by a factor for each sample."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError

__all__ = ["blend", "brighten", "contrast", "grey", "per_sample", "rotate_hue", "saturate"]


def per_sample(numbers: NDArray[np.float64], like: Tensor) -> Tensor:
    """Numbers (N,) to be multiplied with images."""
    return torch.from_numpy(numbers).to(like).reshape(-1, 1, 1, 1, 1)


def brighten(images: Tensor, factors: Tensor) -> Tensor:
    """``f x``, in [0, 1]."""
    return (images * factors).clamp(0, 1)


def contrast(images: Tensor, factors: Tensor) -> Tensor:
    """``f x + (1 - f) m`` with the mean grey m of each image, in [0, 1]."""
    # Image by image: a sum over a batch may add in another order, and end in other bits.
    greys = grey(images).flatten(0, 1)
    means = torch.stack([image.mean() for image in greys]).reshape(*images.shape[:2], 1, 1, 1)
    return blend(images, means, factors)


def saturate(images: Tensor, factors: Tensor) -> Tensor:
    """``f x + (1 - f) g`` with the grey g of each pixel, in [0, 1]."""
    return blend(images, grey(images), factors)


def blend(images: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    """``f x + (1 - f) y``, in [0, 1], and x itself where f = 1."""
    return (others + (images - others) * factors).clamp(0, 1).where(factors != 1, images)


def grey(images: Tensor) -> Tensor:
    """0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), shape (N, T, 1, H, W)."""
    if images.shape[2] == 1:
        return images
    red, green, blue = _channels(images)
    return (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(2)


def rotate_hue(images: Tensor, turns: Tensor) -> Tensor:
    """Adds ``turns`` to the hue, 1 being all around the circle of colours."""
    if images.shape[2] == 1:
        return images
    hue, chroma, value = _hue_chroma_value(images)
    # Channel k of a colour is V - C max(0, min(k', 4 - k', 1)), where k' = (n + 6 hue) mod 6.
    offsets = torch.tensor([5.0, 3.0, 1.0]).to(images).reshape(3, 1, 1)
    sectors = (offsets + 6 * (hue.unsqueeze(2) + turns)) % 6
    weights = torch.minimum(sectors, 4 - sectors).clamp(0, 1)
    turned = value.unsqueeze(2) - chroma.unsqueeze(2) * weights
    return turned.where(turns != 0, images)


def _hue_chroma_value(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    red, green, blue = _channels(images)
    value, least = images.amax(2), images.amin(2)
    chroma = value - least
    safe = chroma.where(chroma > 0, 1)
    of_blue = 4 + (red - green) / safe
    of_green = 2 + (blue - red) / safe
    hue = of_blue.where(value != green, of_green).where(value != red, (green - blue) / safe)
    return hue / 6, chroma, value


def _channels(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    if images.shape[2] != 3:
        raise ConfigError(
            f"colours are changed in images of 1 or 3 channels (grey or RGB), not {images.shape[2]}"
        )
    red, green, blue = images.unbind(2)
    return red, green, blue
