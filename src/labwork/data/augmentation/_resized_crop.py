"""RandomResizedCrop: a window of random area and proportions, resized."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from labwork.data.augmentation._checks import ordered, size_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Resizing
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_boxes

__all__ = ["RandomResizedCrop"]

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
        image = np.array(size[::-1])
        tried = self._tries(rng, image)
        fits = np.all(tried <= image, axis=2)
        first = tried[np.arange(rng.count), fits.argmax(axis=1)]
        found = np.any(fits, axis=1, keepdims=True)
        extents = np.where(found, first, self._central(image))
        room = image - extents
        places = np.where(found, rng.positions(room), room // 2)
        return of_boxes(places, extents, size_of(self, self.size), size)

    def _tries(self, rng: Draws, image: NDArray[np.int64]) -> NDArray[np.int64]:
        """(width, height) of the windows to be tried, shape (N, 10, 2)."""
        areas = rng.uniform(*self.area, size=(_TRIES,)) * image.prod()
        ratios = rng.log_uniform(*self.ratio, size=(_TRIES,))
        sides = np.sqrt(np.stack([areas * ratios, areas / ratios], axis=2))
        return np.maximum(1, np.rint(sides)).astype(np.int64)

    def _central(self, image: NDArray[np.int64]) -> NDArray[np.int64]:
        width, height = image.tolist()
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        sides = min(width, round(height * ratio)), min(height, round(width / ratio))
        return np.maximum(1, sides)
