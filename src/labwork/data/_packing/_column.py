"""What a packed field is, and which arrays of a shard hold it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import numpy as np

__all__ = ["Column", "Member"]

_SMALL = 128  # bytes a sample


@dataclass(frozen=True)
class Member:
    """One array of a shard: its first dimension counts samples, items or bytes.

    Attributes:
        name: what it is called in the file.
        dtype: the type of its numbers, as NumPy writes it.
        row: the shape of what stands at one index.
    """

    name: str
    dtype: str
    row: tuple[int, ...] = ()

    @cached_property
    def row_bytes(self) -> int:
        """The size of what stands at one index."""
        return np.dtype(self.dtype).itemsize * math.prod(self.row)


@dataclass(frozen=True)
class Column:
    """A field of all samples.

    What is not of one size in all samples is stored as items, each some bytes: their bytes one
    after the other, their lengths, and the CRC-32 of each.

    Attributes:
        name: the field.
        kind: ``array`` (of one shape), ``units`` (the same, of floats that are bytes divided by
            255), ``ragged`` (an array of any shape), ``image`` (jpeg or png), ``map`` (a label
            map as png), ``text``, ``bytes`` or ``json``.
        type: what is given back; see ``Kind``.
        dtype: of the values, as NumPy writes it; empty for text.
        shape: of ``array`` and ``units``: that of each sample.
        dims: of ``ragged``: the number of dimensions.
        encode: of ``image``: ``jpeg`` or ``png``.
        channels: of ``image``: 1, 3 or 4; in front for tensors, at the end for arrays.
        is_sequence: of ``image``: whether a sample is several frames, each of them an item.
        bits: of tensors whose type NumPy lacks, such as ``bfloat16``.
    """

    name: str
    kind: str
    type: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    dims: int = 0
    encode: str = ""
    channels: int = 0
    is_sequence: bool = False
    bits: str = ""

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Column":
        """What ``as_plain`` gave."""
        return cls(**{**plain, "shape": tuple(plain["shape"])})

    def as_plain(self) -> dict[str, Any]:
        """For the manifest."""
        return {**asdict(self), "shape": list(self.shape)}

    @cached_property
    def is_small(self) -> bool:
        """Whether it is numbers or short vectors, which are read for all samples at once."""
        return self.kind == "array" and "crc32" not in self.members

    @cached_property
    def is_label(self) -> bool:
        """Whether an array of NumPy's can hold all its values."""
        return self.is_small and not self.bits

    @cached_property
    def members(self) -> dict[str, Member]:
        """The arrays that hold it, by their part in it."""
        # A field's name has no dot here, so parts and names can't be mistaken for each other.
        base = quote(self.name, safe=" ", errors="surrogatepass").replace(".", "%2E") or "%"
        crc32 = Member(f"{base}.crc32", "<u4")
        if self.kind == "array":
            values = Member(base, self.dtype, self.shape)
            is_small = len(self.shape) <= 1 and values.row_bytes <= _SMALL
            return {"values": values} if is_small else {"values": values, "crc32": crc32}
        items = {
            "bytes": Member(f"{base}.bytes", "|u1"),
            "lengths": Member(f"{base}.lengths", "<i8"),
            "crc32": crc32,
        }
        if self.kind == "ragged":
            items["shapes"] = Member(f"{base}.shapes", "<i8", (self.dims,))
        if self.is_sequence:
            items["frames"] = Member(f"{base}.frames", "<i8")
        return items
