"""RandomGamma: a power of each value."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._checks import ordered
from labwork.data.augmentation._color import per_sample
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._operation import Photometric, Size

__all__ = ["RandomGamma"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomGamma(Photometric[NDArray[np.float64]]):
    """Raises each value x in [0, 1] to a power γ: ``x ** γ``, brighter where γ < 1.

    The power is log-uniform, so that γ and 1/γ are as likely. The law is that of
    displays; see Poynton: The rehabilitation of gamma, 1998.

    Args:
        gamma: (smallest, largest) power, above 0.
        fields: see ``Operation``.

    Shape: images (C, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dark = ArrayDataset(image=torch.full((1, 1, 1, 1), 0.25))
    >>> dark.augment(RandomGamma((0.5, 0.5)))[0].image
    tensor([[[0.5000]]])
    """

    gamma: tuple[float, float] = (0.7, 1.5)

    def check(self) -> None:
        ordered(self, 1e-3, 1e3, gamma=self.gamma)

    def draw(self, rng: Draws, size: Size) -> NDArray[np.float64]:
        return rng.log_uniform(*self.gamma)

    def values(self, images: Tensor, drawn: NDArray[np.float64]) -> Tensor:
        return images.clamp(0, 1) ** per_sample(drawn, images)
