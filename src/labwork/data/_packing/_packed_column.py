"""A field of all packed samples."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._folders._arrays import as_type
from labwork.data._indexing import Indices, in_range
from labwork.data._packing._column import Column
from labwork.data._packing._shard import Shard
from labwork.data._packing._shard_column import ShardColumn
from labwork.data._packing._unit_pixels import unpack_units

__all__ = ["PackedColumn"]


class PackedColumn:
    """A field of all samples, indexed by their numbers; what is encoded is decoded.

    Args:
        shards: in their order.
        column: how the field is stored.
        min_size: (height, width) that are enough of JPEG images.

    Attributes:
        column: how the field is stored.
        has_windows: whether samples are JPEG images of which a window may be decoded alone.
    """

    def __init__(
        self, shards: Sequence[Shard], column: Column, min_size: tuple[int, int] | None
    ) -> None:
        self.column, self._min_size = column, min_size
        self._parts = [ShardColumn(shard, column) for shard in shards]
        self._starts = [0, *accumulate(shards[0].manifest.counts)]
        is_plain = (column.type, column.dtype, column.is_sequence) == ("tensor", "|u1", False)
        self.has_windows = column.encode == "jpeg" and is_plain and min_size is None

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, index: int) -> Any:
        part, inside = self._find(index)
        return part.get(inside, self._min_size)

    @property
    def can_batch(self) -> bool:
        """Whether all samples are arrays and numbers of one shape, stored in as many bytes."""
        if self.column.type == "complex":  # which collate lists
            return False
        widths = {part.width for part in self._parts}
        return len(widths) == 1 and None not in widths

    def batch(self, indices: Indices) -> Tensor:
        """The values at ``indices``, shape (N, ...), read at once, where ``can_batch``."""
        tensor: Tensor = as_type(self._stacked(indices), "tensor", self.column.bits)
        return tensor

    def _stacked(self, indices: Indices) -> NDArray[Any]:
        if self.column.is_small:
            return self.values().take(indices, axis=0)
        stored, shape = self._gathered(indices).reshape(-1), (len(indices), *self.column.shape)
        if self.column.kind == "units":
            return unpack_units(stored, self.column.dtype, shape)
        return stored.view(self.column.dtype).reshape(shape)

    def _gathered(self, indices: Indices) -> NDArray[np.uint8]:
        """The bytes of samples, shape (N, bytes of a sample)."""
        if len(self._parts) == 1:
            return self._parts[0].gather(indices)
        found = np.empty((len(indices), self._parts[0].width or 0), np.uint8)
        numbers = np.searchsorted(self._starts, indices, "right") - 1
        for number in np.unique(numbers):
            chosen = numbers == number
            found[chosen] = self._parts[number].gather(indices[chosen] - self._starts[number])
        return found

    def encoded(self, index: int) -> list[bytes]:
        """What is stored of a sample, such as the JPEG file of each of its frames."""
        part, inside = self._find(index)
        return part.contents(inside)

    def values(self) -> NDArray[Any]:
        """The values of all samples as one array that can't be written to, where they are small."""
        return self._values

    @cached_property
    def _values(self) -> NDArray[Any]:
        found = [part.values() for part in self._parts]
        values = (found[0] if len(found) == 1 else np.concatenate(found)).view()
        values.flags.writeable = False
        return values

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_values"}

    def _find(self, index: int) -> tuple[ShardColumn, int]:
        inside = in_range(index, len(self))
        number = bisect_right(self._starts, inside) - 1
        return self._parts[number], inside - self._starts[number]
