"""RandomRotation: by a random angle about the centre."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from labwork.core import ConfigError
from labwork.data.augmentation._checks import Range, amounts
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Warping
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, about_centre

__all__ = ["RandomRotation"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomRotation(Warping):
    """Rotates about the centre by an angle a, counterclockwise as the image is looked at.

    The new pixel (x, y), from the centre, gets the value at (x cos a - y sin a,
    x sin a + y cos a), black outside, where label maps get -1.

    Args:
        degrees: the smallest and largest angle in degrees, from -360 to 360, each angle equally
            likely; one number stands for (-degrees, degrees).
        grow: whether the canvas grows so that all of the image stays on it:
            ``|W cos a| + |H sin a|`` wide and ``|W sin a| + |H cos a|`` high. Sizes differ then,
            so it is done by samples; resize or crop them before they become a batch.
        interpolation: of images, ``"bilinear"`` or ``"nearest"``.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, H, W), or to their grown size.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> wide = ArrayDataset(image=torch.rand(1, 3, 10, 20))
    >>> wide.augment(RandomRotation(30))[0].image.shape
    torch.Size([3, 10, 20])
    >>> wide.augment(RandomRotation((90, 90), grow=True))[0].image.shape
    torch.Size([3, 20, 10])
    """

    degrees: Range
    grow: bool = False

    def check(self) -> None:
        amounts(self, -360, 360, degrees=self.degrees)

    @property
    def batched(self) -> bool:
        return not self.grow

    def draw(self, rng: Draws, size: Size) -> Placement:
        given = self.degrees
        low, high = given if isinstance(given, tuple) else (-given, given)
        angles = np.radians(rng.uniform(low, high))
        cos, sin = np.cos(angles), np.sin(angles)
        matrix = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
        return about_centre(matrix, self._new(angles, size), size)

    def _new(self, angles: np.ndarray, size: Size) -> Size:
        if not self.grow:
            return size
        if len(angles) > 1:
            message = "grow=True gives each sample another size; use augment(…, batched=False)"
            raise ConfigError(f"RandomRotation: {message}")
        cos, sin = abs(math.cos(angles[0])), abs(math.sin(angles[0]))
        height, width = size
        sides = width * sin + height * cos, width * cos + height * sin
        # A rotation by 90 degrees is not to grow by a pixel for a rounding error's sake.
        return math.ceil(sides[0] - 1e-6), math.ceil(sides[1] - 1e-6)
