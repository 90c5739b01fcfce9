"""The samples in an order of its own for each epoch."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts, varies
from labwork.data._draws import permutation
from labwork.data._indexing import Indices

__all__ = ["Shuffled"]


class Shuffled(Change):
    """An order that is a function of (seed, epoch)."""

    def __init__(self, length: int, address: tuple[int, int] = (0, 0)) -> None:
        self._length, self._address = length, address

    @cached_property
    def _order(self) -> Indices:
        return permutation(*self._address, self._length)

    def get(self, parts: Parts, index: int) -> Any:
        return parts[0].get(self._order.item(index))

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        return parts[0].get_batch(self._order[indices])

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        return Shuffled(self._length, (seed, epoch)), (parts[0].at(seed, epoch),)

    def identity(self, parts: Parts) -> Any:
        raise varies(self.describe(parts))

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return {name: np.asarray(array)[self._order] for name, array in parts[0].labels.items()}

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.shuffle()"
