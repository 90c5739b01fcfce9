"""Parquet: columns, in groups of rows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from labwork.data._readers._columns import common_length
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_column, as_labels, as_value
from labwork.data._record import Record

__all__ = ["PARQUET"]


class ParquetDataset(FileDataset):
    """The rows of a file, decoded by groups; the group that was used last is kept.

    Neighbouring rows are quick; rows in random order decode a group each, so a file of large groups
    should be read as a whole, or packed, before it is shuffled.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        metadata = self._file.file.metadata
        rows = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        if min(rows, default=0) < 0:
            raise source.error("the numbers of rows in it are damaged; write or copy it again")
        self._ends = np.cumsum(rows, dtype=np.int64)
        self._length = common_length(source, dict.fromkeys(self._file.names, sum(rows)))

    def _open(self) -> "_Groups":
        return _Groups(self._source)

    @property
    def labels(self) -> Mapping[str, Any]:
        """The columns of numbers and text; no other is read."""
        return MappingProxyType(as_labels(self._file.columns(self._file.small_names())))

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The row at ``index``."""
        group = int(np.searchsorted(self._ends, index, side="right"))
        columns = self._file.group(group)
        row = index - int(self._ends[group])  # counted from the end of the group
        return Record({name: as_value(column[row]) for name, column in columns.items()})


class _Groups:
    """An open file, and the group of rows that was decoded last."""

    def __init__(self, source: Source) -> None:
        parquet = source.library("pyarrow.parquet", "Parquet")
        self._source = source
        with source.damage_told("Parquet"):
            self.file = parquet.ParquetFile(source.path, page_checksum_verification=True)
        self.names: list[str] = self.file.schema_arrow.names
        twice = next((name for name in self.names if self.names.count(name) > 1), None)
        if twice is not None:
            raise source.error(f"two columns have the name {twice!r}; rename one")
        self._number, self._columns = -1, dict[str, Any]()

    def small_names(self) -> list[str]:
        """The columns of numbers and text."""
        kinds = {field.name: str(field.type) for field in self.file.schema_arrow}
        small = ("int", "uint", "float", "double", "bool", "half", "string", "large_string")
        return [name for name, kind in kinds.items() if kind.rstrip("0123456789") in small]

    def columns(self, names: list[str]) -> dict[str, Any]:
        """Whole columns."""
        with self._source.damage_told("Parquet"):
            table = self.file.read(columns=names)
        return self._as_columns(table)

    def group(self, number: int) -> dict[str, Any]:
        """All columns of a group of rows."""
        if number != self._number:
            with self._source.damage_told("Parquet"):
                table = self.file.read_row_group(number)
            self._columns, self._number = self._as_columns(table), number
        return self._columns

    def _as_columns(self, table: Any) -> dict[str, Any]:
        return {name: self._as_column(name, table.column(name)) for name in table.column_names}

    def _as_column(self, name: str, column: Any) -> Any:
        """An array of numbers, dates or text; else a list. A missing number is NaN."""
        with self._source.damage_told("Parquet"):
            is_plain = column.type.num_fields == 0
            if is_plain and not str(column.type).endswith(("string", "binary")):
                array = column.to_numpy()
                return as_column(column.to_pylist()) if array.dtype.hasobject else array
            values = column.to_pylist()
        place = f"column {name!r}"
        decoded = [self._source.decoded(v, place) if isinstance(v, bytes) else v for v in values]
        return as_column(decoded)


def _read(source: Source) -> dict[str, Any]:
    groups = _Groups(source)
    return groups.columns(groups.names)


PARQUET = Format("Parquet", (".parquet", ".pq"), _read, ParquetDataset, ((0, b"PAR1"),))
