"""A field of the samples in a shard."""

from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_type
from labwork.data._indexing import Indices
from labwork.data._packing._column import Column
from labwork.data._packing._decode import decode_value
from labwork.data._packing._shard import Shard
from labwork.data._packing._unit_pixels import unpack_units

__all__ = ["ShardColumn"]


class ShardColumn:
    """A field of the samples in a shard; nothing is read before a value is asked for."""

    def __init__(self, shard: Shard, column: Column) -> None:
        self._shard, self._column = shard, column
        self._members = column.members
        self._count = shard.manifest.counts[shard.manifest.shard]

    def get(self, index: int, min_size: tuple[int, int] | None = None) -> Any:
        """The value of a sample; for ``min_size`` see ``decode_value``."""
        column = self._column
        if column.is_small:
            # A copy: the array belongs to all who ask.
            value = np.array(self._all("values")[index, ...])
            return as_type(value, column.type, column.bits)
        shape = column.shape
        if column.kind == "ragged":
            shape = tuple(self._all("shapes")[index].tolist())
        if column.kind == "units":
            content = np.frombuffer(bytearray(self.contents(index)[0]), np.uint8)
            return as_type(unpack_units(content, column.dtype, shape), column.type)
        return decode_value(column, self.contents(index), shape, min_size)

    def contents(self, index: int) -> list[bytes]:
        """The stored items of a sample: one, or that of each frame of a sequence."""
        if self._column.kind == "array":
            content = self._shard.read(self._members["values"], index, index + 1)
            return [content] if self._column.is_small else [self._checked(content, index)]
        frames = self._ends("frames", index) if "frames" in self._members else (index, index + 1)
        return [self._item(number) for number in range(*frames)]

    @cached_property
    def width(self) -> int | None:
        """The bytes that each sample takes, where it is arrays of one shape that take as many."""
        if self._column.kind == "array":
            return self._members["values"].row_bytes
        lengths = self._all("lengths")
        is_even = self._column.kind == "units" and (lengths == lengths[0]).all()
        return int(lengths[0]) if is_even else None

    def gather(self, indices: Indices) -> NDArray[np.uint8]:
        """The bytes of samples, shape (N, width), read at once.

        The checksum of each sample is compared when it is read for the first time.
        """
        stored = self._shard.mapped(self._members.get("bytes") or self._members["values"])
        found = stored.reshape(self._count, -1 if stored.size else 0).take(indices, axis=0)
        for place in np.flatnonzero(~self._are_checked[indices]):
            self._check(found[place].data, int(indices[place]))
        return found

    @cached_property
    def _are_checked(self) -> NDArray[np.bool_]:
        return np.zeros(len(self._all("crc32")), bool)

    def values(self) -> NDArray[Any]:
        """Those of all samples, where they are small."""
        return self._all("values")

    def _item(self, number: int) -> bytes:
        content = self._shard.read(self._members["bytes"], *self._ends("lengths", number))
        return self._checked(content, number)

    def _checked(self, content: bytes, number: int) -> bytes:
        if not self._are_checked[number]:
            self._check(content, number)
        return content

    def _check(self, content: bytes | memoryview, number: int) -> None:
        """Compares the checksum of an item, when it is read for the first time."""
        if crc32(content) != self._all("crc32")[number]:
            raise ConfigError(
                f"{self._shard.path} was altered since it was packed: item {number} of"
                f" {self._column.name!r} has another checksum; copy it again or pack anew"
            )
        self._are_checked[number] = True

    def _all(self, part: str) -> NDArray[Any]:
        return self._shard.array(self._members[part].name)

    def _ends(self, part: str, index: int) -> tuple[int, int]:
        sums = self._sums[part]
        return int(sums[index]), int(sums[index + 1])

    @cached_property
    def _sums(self) -> dict[str, NDArray[np.int64]]:
        """Where what is counted begins, and at last where it ends, by the parts that count."""
        parts = [part for part in ("lengths", "frames") if part in self._members]
        return {part: np.concatenate([[0], np.cumsum(self._all(part))]) for part in parts}

    def __reduce__(self) -> tuple[Any, ...]:
        return ShardColumn, (self._shard, self._column)
