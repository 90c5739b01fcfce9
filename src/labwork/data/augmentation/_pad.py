"""Pad: a border around the image."""

from dataclasses import dataclass
from typing import final

import numpy as np

from labwork.core import ConfigError
from labwork.data.augmentation._checks import at_least, between
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Windows
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_windows

__all__ = ["Pad"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class Pad(Windows):
    """Puts a border around images; label maps get -1 there.

    Args:
        margin: pixels on each side, 0 or more, or (left, top, right, bottom).
        fill: the border's value, from 0 to 1; for uint8 images it is scaled to 255.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, top + H + bottom, left + W + right).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(image=torch.ones(1, 1, 1, 2)).augment(Pad((1, 0, 0, 1)))[0].image
    tensor([[[0., 1., 1.],
             [0., 0., 0.]]])
    """

    margin: int | tuple[int, int, int, int]
    fill: float = 0.0

    def check(self) -> None:
        if len(self._margins()) != 4:
            message = f"margin must be a number or (left, top, right, bottom), not {self.margin!r}"
            raise ConfigError(f"Pad: {message}")
        for margin in self._margins():
            at_least(self, 0, margin=margin)
        between(self, 0, 1, fill=self.fill)

    @property
    def outside(self) -> float:
        return self.fill

    def draw(self, rng: Draws, size: Size) -> Placement:
        left, top, right, bottom = self._margins()
        new = size[0] + top + bottom, size[1] + left + right
        return of_windows(np.tile([-left, -top], (rng.count, 1)), new, size)

    def _margins(self) -> tuple[int, ...]:
        return self.margin if isinstance(self.margin, tuple) else (self.margin,) * 4
