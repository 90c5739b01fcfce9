"""TFRecord: records with checksums, each a ``tf.train.Example`` or ``SequenceExample``."""

import weakref
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._lazy_field import LazyField
from labwork.data._readers._example import FeatureList, parse_example
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._framing import place_of, record_at, record_starts, unpacked
from labwork.data._readers._record_bytes import FileBytes, RecordBytes
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_value
from labwork.data._record import Record

__all__ = ["TFRECORD"]


class TFRecordDataset(FileDataset):
    """The records of a file, in any order; where each one begins is looked up once, at the start.

    A feature of integers or floats is a tensor, shape (n,), since the file doesn't say which ones
    always have one value; one of bytes is a list, decoded when it is read. A list of T features is
    a tensor, shape (T, n), where each has n numbers, else a list. What is compressed is unpacked
    into memory, which forked processes share.
    """

    def __init__(self, source: Source, starts: NDArray[np.int64] | None = None) -> None:
        super().__init__(source)
        self._starts = record_starts(self._bytes, source) if starts is None else starts

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._source, self._starts)

    def _open(self) -> RecordBytes:
        file = self._source.path.open("rb", buffering=0)
        weakref.finalize(self, file.close)
        return FileBytes(file)

    @property
    def _bytes(self) -> RecordBytes:
        return self._file if self._unpacked is None else self._unpacked

    @cached_property
    def _unpacked(self) -> RecordBytes | None:
        return unpacked(self._source)

    def __len__(self) -> int:
        return len(self._starts)

    def get(self, index: int) -> Record:
        """The features of the record at ``index``, by name."""
        fields: dict[str, Any] = {}
        for name, values in self.features(index).items():
            if isinstance(values, np.ndarray):
                fields[name] = as_value(values)
            else:
                fields[name] = LazyField(name, partial(self._tensors, values, index, name))
        return Record(fields)

    def features(self, index: int) -> dict[str, Any]:
        """The features as ``parse_example`` gives them."""
        content = record_at(self._bytes, index, int(self._starts[index]), self._source)
        try:
            return parse_example(content)
        except ValueError as error:
            message = f"is no tf.train.Example or SequenceExample: {error}"
            raise self._source.error(f"{self._place(index)} {message}") from error

    def decoded(self, values: Any, index: int, feature: str) -> Any:
        """A feature whose bytes are what they stand for; numbers are arrays."""
        if isinstance(values, np.ndarray):
            return values
        if isinstance(values, FeatureList):
            steps = [self.decoded(v, index, f"{feature}[{t}]") for t, v in enumerate(values)]
            return _stacked(steps)
        place = f"{self._place(index)}, feature {feature!r}"
        return [self._source.decoded(value, place) for value in values]

    def _tensors(self, values: Any, index: int, feature: str) -> Any:
        return _as_tensors(self.decoded(values, index, feature))

    def _place(self, index: int) -> str:
        return place_of(index, self._starts[index], self._bytes)


def _read(source: Source) -> dict[str, Any]:
    dataset = TFRecordDataset(source)
    columns: dict[str, list[Any]] = {}
    for index in range(len(dataset)):
        for name, values in dataset.features(index).items():
            # A record without a feature has no values of it.
            column = columns.setdefault(name, [[] for _ in range(len(dataset))])
            column[index] = dataset.decoded(values, index, name)
    return {name: _stacked(values) for name, values in columns.items()}


def _stacked(values: list[Any]) -> Any:
    """Shape (N, ...) where all of N values are arrays of one shape; else the list."""
    shapes = {v.shape if isinstance(v, np.ndarray) else None for v in values}
    return np.stack(values) if len(shapes) == 1 and None not in shapes else values


def _as_tensors(values: Any) -> Any:
    return [*map(_as_tensors, values)] if isinstance(values, list) else as_value(values)


_ENDINGS = (".tfrecord", ".tfrecords")
_COMPRESSED = tuple(f"{ending}{packed}" for ending in _ENDINGS for packed in (".gz", ".zlib"))

TFRECORD = Format("TFRecord", (*_ENDINGS, *_COMPRESSED), _read, TFRecordDataset)
