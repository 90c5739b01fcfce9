"""Resize: the whole image in another size."""

from dataclasses import dataclass
from typing import final

import numpy as np

from labwork.data.augmentation._checks import size_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Resizing
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_boxes

__all__ = ["Resize"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class Resize(Resizing):
    """Resizes the whole image.

    The new pixel x gets the value at ``(x + 1/2) W / W' - 1/2``, so that the corners of the two
    images fall together.

    Args:
        size: (height, width), or one number for the shorter side, in which case the longer one
            keeps the proportions; 1 or more.
        interpolation: of images, ``"bilinear"``, ``"bicubic"`` or ``"nearest"``; label maps get
            the nearest label.
        library: ``"torch"``, which averages where it makes smaller, or ``"opencv"``, which
            doesn't and is faster.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, height, width).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(image=torch.rand(1, 3, 6, 8)).augment(Resize(3))[0].image.shape
    torch.Size([3, 3, 4])
    """

    size: int | tuple[int, int]

    def check(self) -> None:
        size_of(self, self.size)

    def draw(self, rng: Draws, size: Size) -> Placement:
        whole = np.tile(size[::-1], (rng.count, 1))
        return of_boxes(np.zeros_like(whole), whole, self._new(size), size)

    def _new(self, size: Size) -> Size:
        if not isinstance(self.size, int):
            return size_of(self, self.size)
        height, width = (max(1, round(s * self.size / min(size))) for s in size)
        return height, width
