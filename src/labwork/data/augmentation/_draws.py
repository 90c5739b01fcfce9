"""Draws for samples and batches alike, and streams of random numbers for parts of a chain."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from labwork.data._rng import SampleRng

__all__ = ["Draws", "Keys", "batch_shape", "split"]

Keys = NDArray[np.uint64]
Numbers = NDArray[np.float64]


def batch_shape(rng: SampleRng) -> tuple[int, ...]:
    """() where ``rng`` draws for one sample, (N,) where it draws for a batch; draws nothing."""
    return rng.shape


def split(rng: SampleRng, count: int) -> list[Keys]:
    """Keys of ``count`` streams, each with the shape of a batch.

    What one stream draws, and whether it is used at all, changes nothing in the others.
    """
    keys = rng.integers(0, 2**53, size=(count,)).astype(np.uint64)
    return [np.asarray(keys[..., i]) for i in range(count)]


class Draws:
    """Numbers with the samples in front: one sample is a batch of one.

    Args:
        rng: what they are drawn from.
    """

    def __init__(self, rng: SampleRng) -> None:
        self._rng = rng
        self.count = math.prod(batch_shape(rng))

    def uniform(self, low: float = 0.0, high: float = 1.0, size: tuple[int, ...] = ()) -> Numbers:
        """Uniform numbers in [low, high), shape (N, *size)."""
        return self._rng.uniform(low, high, size).reshape(self.count, *size)

    def lazy(self, count: int) -> list[Callable[[int], float]]:
        """For each of N samples, a function that gives one of ``count`` numbers in [0, 1)."""
        return self._rng.lazy(count)

    def log_uniform(self, low: float, high: float, size: tuple[int, ...] = ()) -> Numbers:
        """Numbers whose logarithms are uniform, shape (N, *size)."""
        return np.clip(np.exp(self.uniform(math.log(low), math.log(high), size)), low, high)

    def coins(self, p: float) -> NDArray[np.bool_]:
        """True with probability ``p``, shape (N,)."""
        return self.uniform() < p

    def signs(self) -> Numbers:
        """-1 or 1, shape (N,)."""
        return np.where(self.coins(0.5), 1.0, -1.0)

    def positions(self, room: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole numbers from 0 to ``room``, both included, of the shape (N, K) of ``room``."""
        unit = self.uniform(size=room.shape[1:])
        return np.floor(unit * (room + 1)).astype(np.int64)

    def keys(self) -> Keys:
        """Keys for random numbers that are only drawn when they are needed, shape (N,)."""
        return split(self._rng, 1)[0].reshape(self.count)
