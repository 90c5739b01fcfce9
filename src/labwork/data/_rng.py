"""Random numbers with an address: functions of (seed, epoch, index), not of a running state."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = [
    "SampleRng",
    "epoch_permutation",
    "one_thread",
    "order_key",
    "sample_keys",
    "seed_globally",
    "seeded_globally",
]

_GOLDEN = 0x9E3779B97F4A7C15
_ALL = 2**64 - 1
_FEW = 32  # numbers that Python draws as fast for one sample as NumPy

Bits = TypeVar("Bits", int, NDArray[np.uint64])


class SampleRng:
    """Random numbers for one sample or for each sample of a batch.

    What a sample gets depends on its key and on the number of earlier draws alone, so a sample
    gets the same numbers alone and in any batch. The numbers are SplitMix64's (Steele, Lea and
    Flood: Fast splittable pseudorandom number generators, 2014).

    Args:
        keys: unsigned integers, shape () for one sample or (N,) for a batch of N.

    >>> rng = SampleRng(sample_keys(seed=0, epoch=3, indices=[7, 8]))
    >>> shifts = rng.integers(-2, 3, size=(2,))
    >>> shifts.shape
    (2, 2)
    >>> alone = SampleRng(sample_keys(seed=0, epoch=3, indices=8))
    >>> bool((alone.integers(-2, 3, size=(2,)) == shifts[1]).all())
    True
    """

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self._keys = keys
        self._drawn = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """() where it draws for one sample, (N,) where it draws for a batch."""
        return self._keys.shape

    def uniform(
        self, low: float = 0.0, high: float = 1.0, size: Sequence[int] = ()
    ) -> NDArray[np.float64]:
        """Uniform numbers in [low, high), shape (*size) or (N, *size)."""
        return low + (high - low) * self._unit(size)

    def integers(self, low: int, high: int, size: Sequence[int] = ()) -> NDArray[np.int64]:
        """Uniform whole numbers from ``low`` to ``high - 1``, shape (*size) or (N, *size)."""
        return low + np.floor((high - low) * self._unit(size)).astype(np.int64)

    def normal(
        self, mean: float = 0.0, std: float = 1.0, size: Sequence[int] = ()
    ) -> NDArray[np.float64]:
        """Normal numbers (Box and Muller), shape (*size) or (N, *size)."""
        radius = np.sqrt(-2.0 * np.log1p(-self._unit(size)))
        return mean + std * radius * np.cos(2.0 * np.pi * self._unit(size))

    def lazy(self, count: int) -> list[Callable[[int], float]]:
        """For each sample a function that gives number 0 … ``count - 1`` in [0, 1) when called.

        They are those of ``uniform(size=(count,))``; of many, few may be needed.

        >>> rng = SampleRng(sample_keys(seed=0, epoch=0, indices=[3]))
        >>> bool(SampleRng(sample_keys(0, 0, 3)).uniform(size=(9,))[7] == rng.lazy(9)[0](7))
        True
        """
        first = self._drawn + 1
        self._drawn += count
        return [partial(_unit, key, first) for key in self._keys.reshape(-1).tolist()]

    def generator(self) -> np.random.Generator:
        """A NumPy generator for one sample, for all that this class doesn't draw.

        Raises:
            ValueError: where the keys are those of a batch.
        """
        if self._keys.ndim:
            raise ValueError("generator() is for one sample; draw from the rng itself for a batch")
        return np.random.Generator(np.random.Philox(key=int(self._bits(())[()])))

    def _unit(self, size: Sequence[int]) -> NDArray[np.float64]:
        count = math.prod(size)
        if not self._keys.ndim and count <= _FEW:
            unit = self.lazy(count)[0]
            return np.array([unit(number) for number in range(count)]).reshape(size)
        return (self._bits(size) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def _bits(self, size: Sequence[int]) -> NDArray[np.uint64]:
        count = math.prod(size)
        draws = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        bits = _mix(self._keys.reshape(-1, 1) + np.uint64(_GOLDEN) * draws)
        return bits.reshape((*self._keys.shape, *size))


def sample_keys(
    seed: int, epoch: int, indices: int | Sequence[int] | NDArray[Any], stream: int = 0
) -> NDArray[np.uint64]:
    """Keys for ``SampleRng``: a hash of each address (seed, stream, epoch, index)."""
    key = _epoch_key(seed, stream, epoch)
    if isinstance(indices, int):
        return np.array(_mix(key + _GOLDEN * (indices + 1) & _ALL), dtype=np.uint64)
    index = np.asarray(indices, dtype=np.uint64)
    numbers = np.uint64(_GOLDEN) * (index.reshape(-1) + np.uint64(1))
    return _mix(np.uint64(key) + numbers).reshape(index.shape)


@lru_cache
def _epoch_key(seed: int, stream: int, epoch: int) -> int:
    key = seed & _ALL
    for part in (stream, epoch):
        key = _mix(key + _GOLDEN * (part + 1) & _ALL)
    return key


def _unit(key: int, first: int, number: int) -> float:
    return (_mix(key + _GOLDEN * (first + number) & _ALL) >> 11) * 2.0**-53


def _mix(z: Bits) -> Bits:
    """SplitMix64's finalizer, for a number or an array of them."""
    mixed: Any = z
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _ALL
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _ALL
    return mixed ^ (mixed >> 31)


def epoch_permutation(seed: int, epoch: int, length: int) -> NDArray[np.int64]:
    """The order of ``length`` samples in an epoch, a function of (seed, epoch)."""
    return np.random.Generator(np.random.Philox(key=order_key(seed, epoch))).permutation(length)


def order_key(seed: int, epoch: int) -> int:
    """What the order of an epoch is drawn from."""
    return int(sample_keys(seed, epoch, 0, stream=2**32)[()])


@contextmanager
def seeded_globally(key: int) -> Iterator[None]:
    """Gives code that draws from the global CPU generators numbers that depend on ``key`` alone.

    The global generators of Python, NumPy and PyTorch are as before afterwards. PyTorch works
    with one thread meanwhile.
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    seed_globally(key)
    try:
        with one_thread():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


@contextmanager
def one_thread() -> Iterator[None]:
    """Lets PyTorch work with one thread, as in a loader's worker: sums get the same bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def seed_globally(key: int) -> None:
    """Seeds the global CPU generators; unlike ``torch.manual_seed`` it leaves devices alone."""
    random.seed(key)
    np.random.seed(key % 2**32)  # noqa: NPY002
    torch.default_generator.manual_seed(key)
