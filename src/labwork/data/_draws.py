"""Indices that are drawn at random, as functions of an address."""

import numpy as np
from numpy.typing import NDArray

from labwork.data._indexing import Indices
from labwork.data._rng import sample_keys

__all__ = ["draw_weighted", "draw_with_replacement", "draw_without_replacement", "permutation"]

_STREAM = 2**34  # neither an augmentation nor a loader uses it


def permutation(seed: int, epoch: int, length: int) -> Indices:
    """The numbers below ``length`` in random order."""
    return _generator(seed, epoch).permutation(length)


def draw_with_replacement(seed: int, length: int, count: int) -> Indices:
    """``count`` numbers below ``length``, each drawn on its own."""
    return _generator(seed).integers(0, length, count)


def draw_without_replacement(seed: int, length: int, count: int) -> Indices:
    """``count`` different numbers below ``length``."""
    return permutation(seed, 0, length)[:count]


def draw_weighted(seed: int, weights: NDArray[np.float64], count: int, epoch: int = 0) -> Indices:
    """``count`` indices of ``weights``, each drawn with a probability that is in proportion."""
    ends = np.cumsum(weights)
    drawn = np.searchsorted(ends, _generator(seed, epoch).random(count) * ends[-1], side="right")
    return np.minimum(drawn, np.flatnonzero(weights)[-1])  # a product may be rounded up


def _generator(seed: int, epoch: int = 0) -> np.random.Generator:
    key = int(sample_keys(seed, epoch, 0, stream=_STREAM)[()])
    return np.random.Generator(np.random.Philox(key=key))
