"""TFRecord: records with checksums, each of them a ``tf.train.Example``."""

import weakref
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._lazy_field import LazyField
from labwork.data._readers._example import parse_example
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._framing import place_of, record_at, record_starts
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_value
from labwork.data._record import Record

__all__ = ["TFRECORD"]


class TFRecordDataset(FileDataset):
    """The records of a file, in any order; where each one begins is looked up once, at the start.

    A feature of integers or floats is a tensor, shape (n,), since the file doesn't say which ones
    always have one value; one of bytes is a list, decoded when it is read.
    """

    def __init__(self, source: Source, starts: NDArray[np.int64] | None = None) -> None:
        super().__init__(source)
        self._starts = record_starts(source) if starts is None else starts

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._source, self._starts)

    def _open(self) -> Any:
        file = self._source.path.open("rb", buffering=0)
        weakref.finalize(self, file.close)
        return file

    def __len__(self) -> int:
        return len(self._starts)

    def get(self, index: int) -> Record:
        """The features of the record at ``index``, by name."""
        fields: dict[str, Any] = {}
        for name, values in self.features(index).items():
            if isinstance(values, list):
                fields[name] = LazyField(name, partial(self._tensors, values, index, name))
            else:
                fields[name] = as_value(values)
        return Record(fields)

    def features(self, index: int) -> dict[str, Any]:
        """The features as arrays and lists of bytes."""
        content = record_at(self._file, index, int(self._starts[index]), self._source)
        try:
            return parse_example(content)
        except ValueError as error:
            place = place_of(index, self._starts[index])
            raise self._source.error(f"{place} is no tf.train.Example: {error}") from error

    def decoded(self, values: list[bytes], index: int, feature: str) -> list[Any]:
        """What the bytes of a feature stand for."""
        place = f"{place_of(index, self._starts[index])}, feature {feature!r}"
        return [self._source.decoded(value, place) for value in values]

    def _tensors(self, values: list[bytes], index: int, feature: str) -> list[Any]:
        return [as_value(value) for value in self.decoded(values, index, feature)]


def _read(source: Source) -> dict[str, Any]:
    dataset = TFRecordDataset(source)
    columns: dict[str, list[Any]] = {}
    for index in range(len(dataset)):
        for name, values in dataset.features(index).items():
            if isinstance(values, list):
                values = dataset.decoded(values, index, name)
            # A record without a feature has no values of it.
            columns.setdefault(name, [[] for _ in range(len(dataset))])[index] = values
    return {name: _stacked(values) for name, values in columns.items()}


def _stacked(values: list[Any]) -> Any:
    """Shape (N, n) where all records have n numbers; else the list."""
    shapes = {v.shape if isinstance(v, np.ndarray) else None for v in values}
    return np.stack(values) if len(shapes) == 1 and None not in shapes else values


TFRECORD = Format("TFRecord", (".tfrecord", ".tfrecords"), _read, TFRecordDataset)
