"""A random order that is computed place by place."""

import numpy as np
from numpy.typing import NDArray

from labwork.data._indexing import Indices
from labwork.data._rng import sample_keys

__all__ = ["ComputedPermutation"]

_ROUNDS = 8


class ComputedPermutation:
    """A permutation of the numbers below ``length``, of which no array is ever made.

    It is a Feistel network over numbers of an even count of bits; what comes out too large is
    put in again (cycle walking; Black and Rogaway: Ciphers with arbitrary finite domains, 2002).

    >>> order = ComputedPermutation(7, 10)
    >>> sorted(order[0:10].tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """

    def __init__(self, key: int, length: int) -> None:
        self._key, self._length = key, length
        bits = -(-max(length - 1, 1).bit_length() // 2)
        self._bits, self._mask = np.uint64(bits), np.uint64(2**bits - 1)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, places: slice) -> Indices:
        indices = self._mixed(np.arange(*places.indices(self._length), dtype=np.uint64))
        while len(outside := np.flatnonzero(indices >= self._length)):
            indices[outside] = self._mixed(indices[outside])
        return indices.astype(np.int64)

    def _mixed(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = numbers >> self._bits, numbers & self._mask
        for number in range(_ROUNDS):
            drawn = sample_keys(self._key, number, right)
            left, right = right, left ^ (drawn & self._mask)
        return left << self._bits | right
