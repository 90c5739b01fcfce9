"""The same samples several times."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts
from labwork.data._changes._joined import by_owner
from labwork.data._indexing import Indices
from labwork.data._rng import sample_keys

__all__ = ["Repeated"]

_REPEATED = 2**33 + 1  # a stream of random numbers that no augmentation uses
_KEPT = 256  # copies; there may be billions


class Repeated(Change):
    """``count`` copies; what is drawn at random differs between them."""

    def __init__(self, count: int, address: tuple[int, int] | None = None) -> None:
        self._count, self._address = count, address
        self._copies: dict[int, Any] = {}  # a copy is made when one of its samples is asked for

    def length(self, parts: Parts) -> int:
        return self._count * len(parts[0])

    def get(self, parts: Parts, index: int) -> Any:
        number, inner = divmod(index, len(parts[0]))
        return self._copy(parts, number).get(inner)

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        numbers, inner = np.divmod(indices, len(parts[0]))
        if self._address is None:
            return parts[0].get_batch(inner)
        copies = {number: self._copy(parts, number) for number in np.unique(numbers).tolist()}
        return by_owner(copies, numbers, inner)

    def _copy(self, parts: Parts, number: int) -> Any:
        if self._address is None:
            return parts[0]
        if number not in self._copies:
            if len(self._copies) == _KEPT:
                self._copies.clear()
            seed, epoch = self._address
            key = int(sample_keys(seed, 0, number, stream=_REPEATED)[()])
            self._copies[number] = parts[0].at(key, epoch)
        return self._copies[number]

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        is_the_same = parts[0].at(seed, epoch) is parts[0]
        # Else the part stays, and each copy of it is moved on its own.
        return (self if is_the_same else Repeated(self._count, (seed, epoch))), parts

    def identity(self, parts: Parts) -> Any:
        return "repeat", self._count, parts[0]

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return {
            name: np.concatenate([array] * self._count) for name, array in parts[0].labels.items()
        }

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.repeat({self._count})"
