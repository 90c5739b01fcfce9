"""Packed fields as arrays of NumPy."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from torch import Tensor

from labwork.data._folders._arrays import as_array
from labwork.data._packing._packed_column import PackedColumn
from labwork.data._packing._pictures import channels_last, is_picture

__all__ = ["ArrayColumns"]


class ArrayColumns(Mapping[str, "_ArrayColumn"]):
    """Fields whose tensors and numbers come as arrays, and images (H, W, C), as in Nebulae."""

    def __init__(self, columns: Mapping[str, PackedColumn]) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> "_ArrayColumn":
        return _ArrayColumn(self._columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class _ArrayColumn:
    def __init__(self, column: PackedColumn) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, index: int) -> Any:
        value = self._column[index]
        if isinstance(value, Tensor):
            return channels_last(value) if is_picture(value) else as_array(value)[()]
        return np.asarray(value)[()] if isinstance(value, bool | int | float | complex) else value

    def encoded(self, index: int) -> list[bytes]:
        """What is stored of a sample."""
        return self._column.encoded(index)
