"""A dataset of what was read as a whole: columns, or a list of records."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._indexing import Indices
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_column, as_labels, as_value, can_be_indexed
from labwork.data._record import Record

__all__ = ["ColumnDataset", "common_length", "dataset_of"]


class ColumnDataset(Dataset):
    """Samples in memory, one column for each field.

    Args:
        source: what they were read from.
        columns: lists and arrays of one length.
    """

    runs_code = False

    def __init__(self, source: Source, columns: Mapping[str, Any]) -> None:
        lengths = {name: len(column) for name, column in columns.items()}
        self._source, self._length = source, common_length(source, lengths)
        self._columns = {
            name: as_column(column) if isinstance(column, list) else column
            for name, column in columns.items()
        }
        self.can_batch = all(map(can_be_indexed, self._columns.values()))

    @property
    def labels(self) -> Mapping[str, Any]:
        """The columns of numbers and text."""
        return MappingProxyType(as_labels(self._columns))

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The items at ``index``; numbers are tensors."""
        return Record({name: as_value(column[index]) for name, column in self._columns.items()})

    def get_batch(self, indices: Indices) -> Batch:
        """The items at ``indices``, shape (N,), by one indexing operation a column."""
        if not self.can_batch:
            return super().get_batch(indices)
        return Batch({name: as_value(column[indices]) for name, column in self._columns.items()})

    def identity(self) -> Any:
        return self._columns

    def __repr__(self) -> str:
        return str(self._source)


def common_length(source: Source, lengths: Mapping[str, int]) -> int:
    """The length of all columns; raises ConfigError where they differ or there are none."""
    if len(set(lengths.values())) == 1:
        return next(iter(lengths.values()))
    shown = ", ".join(f"{name!r} {length}" for name, length in lengths.items()) or "none"
    raise source.error(
        f"samples need fields of one length, and these have {shown:.200}; read it without"
        " as_dataset=True, and make an ArrayDataset of some"
    )


def dataset_of(contents: Any, source: Source) -> Dataset:
    """The samples in what a file holds: an array, columns by name, or a list of records.

    Scalars among the columns are left out.

    Raises:
        ConfigError: where it is none of them.
    """
    if isinstance(contents, np.ndarray) and contents.ndim > 0:
        return ColumnDataset(source, {"value": contents})
    if isinstance(contents, list) and contents and all(isinstance(r, dict) for r in contents):
        return ColumnDataset(source, _transposed(contents, source))
    is_mapping = isinstance(contents, dict) and bool(contents)
    if is_mapping and all(isinstance(c, list | np.ndarray) for c in contents.values()):
        columns = {str(n): c for n, c in contents.items() if isinstance(c, list) or c.ndim}
        return ColumnDataset(source, columns)
    raise source.error(
        "there are no samples in it: a list of mappings is needed, or a mapping to lists, not"
        f" {type(contents).__name__} {contents!r:.60}"
    )


def _transposed(records: list[dict[Any, Any]], source: Source) -> dict[str, list[Any]]:
    names = records[0].keys()
    for index, record in enumerate(records):
        if record.keys() != names:
            raise source.error(
                f"record {index} has the fields {', '.join(map(str, record)) or 'none'}, but"
                f" record 0 has {', '.join(map(str, names)) or 'none'}"
            )
    return {str(name): [record[name] for record in records] for name in names}
