"""RandomFlip: a mirror image."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from labwork.data.augmentation._checks import between, one_of
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._geometric import Windows
from labwork.data.augmentation._operation import Size
from labwork.data.augmentation._placement import Placement, of_windows

__all__ = ["RandomFlip"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomFlip(Windows):
    """Mirrors with probability ``p``.

    (x, y) becomes (W - 1 - x, y), or (x, H - 1 - y), as in Krizhevsky et al.: ImageNet
    classification with deep convolutional neural networks, 2012.

    Args:
        p: from 0 to 1.
        direction: ``"horizontal"`` swaps left and right, ``"vertical"`` top and bottom.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, H, W).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dataset = ArrayDataset(image=torch.tensor([[[[1, 2, 3]]]], dtype=torch.uint8))
    >>> dataset.augment(RandomFlip(1.0))[0].image
    tensor([[[3, 2, 1]]], dtype=torch.uint8)
    """

    p: float = 0.5
    direction: Literal["horizontal", "vertical"] = "horizontal"

    def check(self) -> None:
        between(self, 0, 1, p=self.p)
        one_of(self, ("horizontal", "vertical"), direction=self.direction)

    def draw(self, rng: Draws, size: Size) -> Placement:
        flips = np.zeros((rng.count, 2), dtype=np.bool_)
        flips[:, int(self.direction == "vertical")] = rng.coins(self.p)
        return of_windows(np.zeros((rng.count, 2)), size, size, flips)
