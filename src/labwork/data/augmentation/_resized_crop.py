"""RandomResizedCrop: a window of random area and proportions, resized."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from labwork.data.augmentation._checks import ordered, size_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Resizing
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_boxes

__all__ = ["RandomResizedCrop"]

Pair = tuple[int, int]
Unit = Callable[[int], float]

_TRIES = 10


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomResizedCrop(Resizing):
    """Cuts out a window of random area and proportions, and resizes it.

    The window has the area ``a H W`` with a uniform in ``area``, and width : height log-uniform
    in ``ratio``. The first of ten that fits into the image is taken, at a uniform place; where
    none fits, the largest central window whose proportions are in ``ratio``. From Szegedy et
    al.: Going deeper with convolutions, 2015, section 6.

    Args:
        size: (height, width) of the result, or the side of a square; 1 or more.
        area: the smallest and largest part of the image's area, above 0 and up to 1.
        ratio: the smallest and largest width : height, above 0.
        interpolation: as in ``Resize``.
        library: as in ``Resize``.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, height, width).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> photos = ArrayDataset(image=torch.zeros(1, 3, 37, 50, dtype=torch.uint8))
    >>> photos.augment(RandomResizedCrop(24))[0].image.shape
    torch.Size([3, 24, 24])
    """

    size: int | tuple[int, int]
    area: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (0.75, 4 / 3)

    def check(self) -> None:
        size_of(self, self.size)
        ordered(self, 1e-6, 1, area=self.area)
        ordered(self, 1e-3, 1e3, ratio=self.ratio)

    def draw(self, rng: Draws, size: Size) -> Placement:
        windows = [self._window(unit, *size) for unit in rng.lazy(2 * _TRIES + 2)]
        starts, extents = zip(*windows, strict=True) if windows else ([], [])
        return of_boxes(starts, extents, size_of(self, self.size), size)

    def _window(self, unit: Unit, height: int, width: int) -> tuple[Pair, Pair]:
        """Where a window is and its extent, both as (x, y), by numbers in [0, 1)."""
        for number in range(_TRIES):
            w, h = self._tried(unit(number), unit(_TRIES + number), height * width)
            if w <= width and h <= height:
                x, y = unit(2 * _TRIES), unit(2 * _TRIES + 1)
                return (int(x * (width - w + 1)), int(y * (height - h + 1))), (w, h)
        w, h = self._central(height, width)
        return ((width - w) // 2, (height - h) // 2), (w, h)

    def _tried(self, area: float, ratio: float, pixels: int) -> Pair:
        (least, most), (narrow, wide) = self.area, self.ratio
        size = (least + (most - least) * area) * pixels
        shape = math.exp(math.log(narrow) + math.log(wide / narrow) * ratio)
        return max(1, round(math.sqrt(size * shape))), max(1, round(math.sqrt(size / shape)))

    def _central(self, height: int, width: int) -> Pair:
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        sides = min(width, round(height * ratio)), min(height, round(width / ratio))
        return max(1, sides[0]), max(1, sides[1])
