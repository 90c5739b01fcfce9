"""GaussianNoise: independent noise at each pixel."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._rng import SampleRng
from labwork.data.augmentation._checks import Range, amounts
from labwork.data.augmentation._color import per_sample
from labwork.data.augmentation._draws import Draws, Keys
from labwork.data.augmentation._operation import Photometric, Size

__all__ = ["GaussianNoise"]


class _Noise(NamedTuple):
    """The strength (N,) and what the noise is drawn from (N,)."""

    std: NDArray[np.float64]
    keys: Keys


@final
@dataclass(frozen=True, repr=False, eq=False)
class GaussianNoise(Photometric[_Noise]):
    """Adds independent normal noise to each value: ``x + σ z``, cut to [0, 1].

    Frames of a sequence have noise of their own; two image fields of a record get the same. In
    use since Sietsma and Dow: Creating artificial neural networks that generalize, 1991.

    Args:
        std: the standard deviation σ, 0 or more, on the scale where white is 1; or a pair
            (smallest, largest), to draw one for each sample.
        fields: see ``Operation``.

    Shape: images (C, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> grey = ArrayDataset(image=torch.full((1, 1, 100, 100), 0.5))
    >>> round(float(grey.augment(GaussianNoise(0.1))[0].image.std()), 2)
    0.1
    """

    std: Range

    def check(self) -> None:
        amounts(self, 0, 1000, std=self.std)

    def draw(self, rng: Draws, size: Size) -> _Noise:
        low, high = self.std if isinstance(self.std, tuple) else (self.std, self.std)
        return _Noise(rng.uniform(low, high), rng.keys())

    def values(self, images: Tensor, drawn: _Noise) -> Tensor:
        noise = SampleRng(drawn.keys).normal(size=images.shape[1:])
        return images + per_sample(drawn.std, images) * torch.from_numpy(noise).to(images)
