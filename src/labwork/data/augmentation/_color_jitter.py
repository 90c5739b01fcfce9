"""ColorJitter: brightness, contrast, saturation and hue."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._checks import Range, amounts
from labwork.data.augmentation._color import brighten, contrast, per_sample, rotate_hue, saturate
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._operation import Photometric, Size

__all__ = ["ColorJitter"]


class _Changes(NamedTuple):
    """Factors, and turns of the hue, each (N,)."""

    brightness: NDArray[np.float64]
    contrast: NDArray[np.float64]
    saturation: NDArray[np.float64]
    hue: NDArray[np.float64]


@final
@dataclass(frozen=True, repr=False, eq=False)
class ColorJitter(Photometric[_Changes]):
    """Changes brightness, contrast, saturation and hue, in this order, by random amounts.

    With a factor f and a pixel x, in [0, 1]:

    - brightness: ``f x``
    - contrast: ``f x + (1 - f) m``, m the mean of the image's grey
    - saturation: ``f x + (1 - f) g``, g the pixel's grey, 0.299 R + 0.587 G + 0.114 B
    - hue: H + f in the HSV space, where H = 1 is all around

    After each, values are cut to [0, 1]. Grey images, with one channel, keep saturation and hue.
    In use since Howard: Some improvements on deep convolutional neural network based image
    classification, 2013.

    Args:
        brightness: (smallest, largest) factor, 0 or more; a number b stands for
            (max(0, 1 - b), 1 + b). All factors in the range are equally likely; 1 changes nothing.
        contrast: likewise.
        saturation: likewise.
        hue: (smallest, largest) turn, from -0.5 to 0.5; a number h stands for (-h, h).
        fields: see ``Operation``.

    Shape: images (1, H, W) or (3, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> grey = ArrayDataset(image=torch.full((1, 3, 1, 1), 0.5))
    >>> grey.augment(ColorJitter(brightness=(1.5, 1.5)))[0].image.flatten()
    tensor([0.7500, 0.7500, 0.7500])
    """

    brightness: Range = 0.0
    contrast: Range = 0.0
    saturation: Range = 0.0
    hue: Range = 0.0

    def check(self) -> None:
        factors = {"contrast": self.contrast, "saturation": self.saturation}
        amounts(self, 0, 1000, brightness=self.brightness, **factors)
        amounts(self, -0.5, 0.5, hue=self.hue)

    def draw(self, rng: Draws, size: Size) -> _Changes:
        return _Changes(*(rng.uniform(*span) for span in self._spans()))

    def values(self, images: Tensor, drawn: _Changes) -> Tensor:
        changes = (brighten, contrast, saturate, rotate_hue)
        for change, span, numbers in zip(changes, self._spans(), drawn, strict=True):
            if span != ((0, 0) if change is rotate_hue else (1, 1)):
                images = change(images, per_sample(numbers, images))
        return images

    def _spans(self) -> list[tuple[float, float]]:
        hue = self.hue if isinstance(self.hue, tuple) else (-self.hue, self.hue)
        return [*map(_factors, (self.brightness, self.contrast, self.saturation)), hue]


def _factors(given: Range) -> tuple[float, float]:
    return given if isinstance(given, tuple) else (max(0.0, 1 - given), 1 + given)
