"""A field of all packed samples."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._indexing import in_range
from labwork.data._packing._column import Column
from labwork.data._packing._shard import Shard
from labwork.data._packing._shard_column import ShardColumn

__all__ = ["PackedColumn"]


class PackedColumn:
    """A field of all samples, indexed by their numbers; what is encoded is decoded.

    Args:
        shards: in their order.
        column: how the field is stored.
        min_size: (height, width) that are enough of JPEG images.
    """

    def __init__(
        self, shards: Sequence[Shard], column: Column, min_size: tuple[int, int] | None
    ) -> None:
        self.column, self._min_size = column, min_size
        self._parts = [ShardColumn(shard, column) for shard in shards]
        self._starts = [0, *accumulate(shards[0].manifest.counts)]

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, index: int) -> Any:
        part, inside = self._find(index)
        return part.get(inside, self._min_size)

    def encoded(self, index: int) -> list[bytes]:
        """What is stored of a sample, such as the JPEG file of each of its frames."""
        part, inside = self._find(index)
        return part.contents(inside)

    def values(self) -> NDArray[Any]:
        """The values of all samples as one array that can't be written to, where they are small."""
        found = [part.values() for part in self._parts]
        values = (found[0] if len(found) == 1 else np.concatenate(found)).view()
        values.flags.writeable = False
        return values

    def _find(self, index: int) -> tuple[ShardColumn, int]:
        inside = in_range(index, len(self))
        number = bisect_right(self._starts, inside) - 1
        return self._parts[number], inside - self._starts[number]
