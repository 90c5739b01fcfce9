"""Several samples as one."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labwork.data._changes._change import Change, Parts

__all__ = ["Batched"]


class Batched(Change):
    """Successive samples as batches of ``size``; the last one may have fewer."""

    takes_batches = False
    makes_batches = True

    def __init__(self, size: int) -> None:
        self._size = size

    def length(self, parts: Parts) -> int:
        return -(-len(parts[0]) // self._size)

    def get(self, parts: Parts, index: int) -> Any:
        start = index * self._size
        return parts[0].get_batch(np.arange(start, min(start + self._size, len(parts[0]))))

    def identity(self, parts: Parts) -> Any:
        return "batch", self._size, parts[0]

    def labels(self, parts: Parts) -> Mapping[str, Any] | None:
        if len(parts[0]) % self._size:
            return None  # the last batch has fewer, and an array no such row
        known = {name: np.asarray(array) for name, array in parts[0].labels.items()}
        shape = self.length(parts), self._size
        return {name: array.reshape(*shape, *array.shape[1:]) for name, array in known.items()}

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.batch({self._size})"
