"""RandomCrop and CenterCrop: a window of given size."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from labwork.core import ConfigError
from labwork.data.augmentation._checks import at_least, between, size_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Windows
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_windows

__all__ = ["CenterCrop", "RandomCrop"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomCrop(Windows):
    """Cuts out a window of ``size``, all places equally likely.

    Args:
        size: (height, width) of the window, or the side of a square; 1 or more.
        padding: pixels around the image that the window may reach into, 0 or more.
        pad_if_needed: whether a smaller image is padded about its centre to ``size``; else it is
            an error.
        fill: the value of pixels outside, from 0 to 1; label maps get -1 there.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, height, width).

    Raises:
        ConfigError: where the padded image is smaller than the window.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dataset = ArrayDataset(image=torch.rand(2, 3, 8, 8), label=torch.zeros(2, 8, 8).long())
    >>> sample = dataset.augment(RandomCrop((4, 6)))[0]
    >>> sample.image.shape, sample.label.shape
    (torch.Size([3, 4, 6]), torch.Size([4, 6]))
    """

    size: int | tuple[int, int]
    padding: int = 0
    pad_if_needed: bool = False
    fill: float = 0.0

    def check(self) -> None:
        size_of(self, self.size)
        at_least(self, 0, padding=self.padding)
        between(self, 0, 1, fill=self.fill)

    @property
    def outside(self) -> float:
        return self.fill

    def draw(self, rng: Draws, size: Size) -> Placement:
        new = size_of(self, self.size)
        room = np.array(size[::-1]) + 2 * self.padding - np.array(new[::-1])
        if room.min() < 0 and not self.pad_if_needed:
            raise _too_large(self, new, size)
        short = np.maximum(0, -room)
        most = np.broadcast_to(np.maximum(0, room), (rng.count, 2))
        return of_windows(rng.positions(most) - self.padding - short // 2, new, size)


@final
@dataclass(frozen=True, repr=False, eq=False)
class CenterCrop(Windows):
    """Cuts out the window of ``size`` in the middle.

    Args:
        size: (height, width) of the window, or the side of a square; 1 or more.
        pad_if_needed: whether a smaller image is padded about its centre; else it is an error.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, height, width).

    Raises:
        ConfigError: where the image is smaller than the window.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> row = ArrayDataset(image=torch.arange(5.0).reshape(1, 1, 1, 5))
    >>> row.augment(CenterCrop((1, 3)))[0].image
    tensor([[[1., 2., 3.]]])
    """

    size: int | tuple[int, int]
    pad_if_needed: bool = False

    def check(self) -> None:
        size_of(self, self.size)

    def draw(self, rng: Draws, size: Size) -> Placement:
        new = size_of(self, self.size)
        room = np.array(size[::-1]) - np.array(new[::-1])
        if room.min() < 0 and not self.pad_if_needed:
            raise _too_large(self, new, size)
        return of_windows(np.tile(room // 2, (rng.count, 1)), new, size)


def _too_large(owner: Any, new: Size, size: Size) -> ConfigError:
    wanted, had = (f"{height}×{width}" for height, width in (new, size))
    message = f"a window of {wanted} doesn't fit into an image of {had}; pad_if_needed=True pads it"
    return ConfigError(f"{type(owner).__name__}: {message}")
