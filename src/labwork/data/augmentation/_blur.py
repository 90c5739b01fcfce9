"""GaussianBlur: a random amount of blur."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from labwork.data.augmentation._checks import ordered
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._operation import Photometric, Size

__all__ = ["GaussianBlur"]

Numbers = NDArray[np.float64]


@final
@dataclass(frozen=True, repr=False, eq=False)
class GaussianBlur(Photometric[Numbers]):
    """Convolves with a Gaussian whose standard deviation σ is drawn for each sample.

    The weights ``exp(-k² / 2σ²)``, for offsets k up to 3 σ of the largest σ, are divided by
    their sum, and used along x and then along y; beyond the border the image is continued by its
    outermost pixels. σ = 0 changes nothing. Used with σ from 0.1 to 2 in Chen et al.: A simple
    framework for contrastive learning of visual representations, 2020, appendix A.

    Args:
        sigma: (smallest, largest) standard deviation in pixels, 0 or more.
        fields: see ``Operation``.

    Shape: images (C, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dot = ArrayDataset(image=torch.eye(3)[1].reshape(1, 1, 1, 3))
    >>> dot.augment(GaussianBlur((0.5, 0.5)))[0].image
    tensor([[[0.1065, 0.7866, 0.1065]]])
    """

    sigma: tuple[float, float] = (0.1, 2.0)

    def check(self) -> None:
        ordered(self, 0, 1000, sigma=self.sigma)

    def draw(self, rng: Draws, size: Size) -> Numbers:
        return rng.uniform(*self.sigma)

    def values(self, images: Tensor, drawn: Numbers) -> Tensor:
        weights = _weights(drawn, math.ceil(3 * self.sigma[1]))
        taps = torch.from_numpy(weights).to(images)[:, :, None, None, None, None]
        along_x = _convolve(images, taps)
        return _convolve(along_x.mT, taps).mT


def _weights(sigmas: Numbers, radius: int) -> Numbers:
    """The weights of offsets -radius to radius, shape (N, 2 radius + 1)."""
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (offsets / np.maximum(sigmas, 1e-6)[:, None]) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)


def _convolve(images: Tensor, taps: Tensor) -> Tensor:
    # A sum in this very order, unlike a convolution's, has the same bits in any batch.
    width, radius = images.shape[-1], taps.shape[1] // 2
    padded = F.pad(images.flatten(1, 2), [radius, radius, 0, 0], mode="replicate")
    padded = padded.reshape(*images.shape[:-1], -1)
    total = torch.zeros_like(images)
    for place in range(taps.shape[1]):
        total += taps[:, place] * padded[..., place : place + width]
    return total
