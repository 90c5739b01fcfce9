"""Cutout: a square of the image is taken away."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._checks import at_least, between
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._operation import Operation, Size
from labwork.data.augmentation._rectangles import inside

__all__ = ["Cutout"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class Cutout(Operation[NDArray[np.int64]]):
    """Fills a square about a random pixel; what of it lies beyond the border is lost.

    From DeVries and Taylor: Improved regularization of convolutional neural networks with cutout,
    2017, who take 16 for CIFAR-10 and 8 for CIFAR-100. Label maps stay.

    Args:
        size: the side of the square in pixels, 0 or more; 0 changes nothing.
        fill: its value, from 0 to 1; for uint8 images it is scaled to 255.
        fields: see ``Operation``.

    Shape: images (C, H, W) to (C, H, W).

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> white = ArrayDataset(image=torch.ones(1, 1, 4, 4))
    >>> int(white.augment(Cutout(1))[0].image.sum())
    15
    """

    size: int
    fill: float = 0.0

    def check(self) -> None:
        at_least(self, 0, size=self.size)
        between(self, 0, 1, fill=self.fill)

    def draw(self, rng: Draws, size: Size) -> NDArray[np.int64]:
        last = np.tile(np.array(size[::-1]) - 1, (rng.count, 1))
        return rng.positions(last) - self.size // 2

    def image(self, images: Tensor, drawn: NDArray[np.int64]) -> Tensor:
        fill = round(255 * self.fill) if images.dtype == torch.uint8 else self.fill
        square = inside(drawn, drawn + self.size, (images.shape[-2], images.shape[-1]))
        return images.masked_fill(square[:, None, None].to(images.device), fill)
