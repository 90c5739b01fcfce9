"""PadCropFlip: the augmentation of CIFAR."""

from dataclasses import dataclass
from typing import final

import numpy as np

from labwork.data.augmentation._checks import at_least, between
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Windows
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_windows

__all__ = ["PadCropFlip"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class PadCropFlip(Windows):
    """Pads, cuts out a random window of the image's own size, and mirrors it or not.

    The augmentation of small images, in one pass: Lee et al.: Deeply-supervised nets, 2015, and
    He et al.: Deep residual learning for image recognition, 2016, section 4.2.

    Args:
        padding: pixels of border, 0 or more.
        p: the probability of a mirror image (left and right), from 0 to 1.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, H, W).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dataset = ArrayDataset(image=torch.rand(256, 3, 32, 32)).augment(PadCropFlip())
    >>> dataset.__getitems__(range(128)).image.shape
    torch.Size([128, 3, 32, 32])
    """

    padding: int = 4
    p: float = 0.5

    def check(self) -> None:
        at_least(self, 0, padding=self.padding)
        between(self, 0, 1, p=self.p)

    def draw(self, rng: Draws, size: Size) -> Placement:
        room = np.full((rng.count, 2), 2 * self.padding)
        flips = np.stack([rng.coins(self.p), np.zeros(rng.count, np.bool_)], axis=1)
        return of_windows(rng.positions(room) - self.padding, size, size, flips)
