"""White noise."""

from collections.abc import Sequence
from typing import ClassVar

import torch

from labwork.data._batch import Batch
from labwork.data._indexing import Indices
from labwork.data._rng import SampleRng
from labwork.data.datasets._synthetic import SyntheticDataset

__all__ = ["WhiteNoise"]


class WhiteNoise(SyntheticDataset):
    """Images of independent, normally distributed numbers, without labels.

    Field: ``image``, float32 of shape ``example_shape``.

    Args:
        example_shape: the shape of an image, such as (3, 32, 32).
        length: how many there are.
        mean: the mean of the numbers.
        std: their standard deviation.
        seed: another seed gives other images.

    Raises:
        ConfigError: where the length isn't a positive integer.

    >>> noise = WhiteNoise(example_shape=(8, 8, 8), length=11)
    >>> len(noise), noise[3].image.shape
    (11, torch.Size([8, 8, 8]))
    """

    subsets: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        example_shape: Sequence[int] = (3, 32, 32),
        length: int = 1000,
        mean: float = 0.0,
        std: float = 1.0,
        seed: int = 0,
    ) -> None:
        self._shape, self._mean, self._std = tuple(example_shape), mean, std
        options = {"example_shape": self._shape, "mean": mean, "std": std}
        super().__init__("", length, seed, {}, options)

    def draw(self, indices: Indices, rng: SampleRng) -> Batch:
        """The images at ``indices``, shape (N, *example_shape)."""
        return Batch(image=torch.from_numpy(rng.normal(self._mean, self._std, self._shape)).float())
