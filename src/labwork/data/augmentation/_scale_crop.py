"""RandomScaleCrop: the image in a random scale, and a window of it."""

from dataclasses import dataclass
from typing import final

import numpy as np

from labwork.data.augmentation._checks import ordered, size_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Resizing
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_boxes

__all__ = ["RandomScaleCrop"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomScaleCrop(Resizing):
    """Scales by a random factor and cuts out a window: the augmentation of dense prediction.

    The factor s is log-uniform in ``scale``, so that a half is as likely as a double. Only the
    part of the image that is needed, of ``size / s`` pixels, is ever resized. Its place is
    uniform; where the scaled image is smaller than the window, it lies in the middle, black and
    void around it. Used with s up to 2 in Orsic et al.: In defense of pre-trained ImageNet
    architectures for real-time semantic segmentation of road-driving images, 2019.

    Args:
        size: (height, width) of the result, or the side of a square; 1 or more.
        scale: the smallest and largest factor, above 0.
        interpolation: as in ``Resize``.
        library: as in ``Resize``.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, height, width).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> street = ArrayDataset(image=torch.rand(1, 3, 32, 64), label=torch.ones(1, 32, 64).long())
    >>> sample = street.augment(RandomScaleCrop(24, scale=(0.5, 2)))[0]
    >>> sample.image.shape, sample.label.shape
    (torch.Size([3, 24, 24]), torch.Size([24, 24]))
    """

    size: int | tuple[int, int]
    scale: tuple[float, float] = (0.5, 2.0)

    def check(self) -> None:
        size_of(self, self.size)
        ordered(self, 1e-3, 1e3, scale=self.scale)

    def draw(self, rng: Draws, size: Size) -> Placement:
        new = size_of(self, self.size)
        scale = rng.log_uniform(*self.scale)[:, None]
        extents = np.maximum(1, np.rint(np.array(new[::-1]) / scale)).astype(np.int64)
        room = np.array(size[::-1]) - extents
        places = np.where(room < 0, room // 2, rng.positions(np.maximum(0, room)))
        return of_boxes(places, extents, new, size)
