"""The samples of a dataset."""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from labwork.core import ConfigError, unknown_name
from labwork.data._caches import fingerprint
from labwork.data._dataset import Dataset
from labwork.data._folders._nested import Layout, check_alike, parts_of
from labwork.data._folders._plain import plain_items
from labwork.data._packing._cell_types import cell_type
from labwork.data._packing._column import Column
from labwork.data._packing._image_options import ImageOptions
from labwork.data._packing._infer import column_for
from labwork.data._packing._pictures import prepared
from labwork.data._packing._source import Source, told
from labwork.data._record import Record
from labwork.data._rng import sample_keys, seeded_globally

__all__ = ["DatasetSource"]


class DatasetSource(Source):
    """Records, whose fields are stored like those of the first good one.

    Args:
        dataset: the dataset.
        words: the types of fields that the first sample doesn't tell enough of.
        options: what becomes of images.
        skips: whether bad samples are left out.

    Raises:
        ConfigError: where a field can't be stored, or there is no good sample.
    """

    def __init__(
        self, dataset: Dataset, words: Mapping[str, str], options: ImageOptions, skips: bool
    ) -> None:
        self._dataset, self._options, self._name = dataset, options, repr(dataset)
        self.quality, self.info = options.quality, plain_items(dataset.info)
        self._known: Layout | None = None
        self.layout, values = self._first_good(skips)
        self.columns = self._columns(words, values)
        self._known = self.layout

    def __len__(self) -> int:
        return len(self._dataset)

    def get(self, index: int) -> Mapping[str, Any]:
        return self._taken_apart(index)[1]

    def _taken_apart(self, index: int) -> tuple[Layout, Mapping[str, Any]]:
        if not self._dataset.runs_code:
            return self._values(self._dataset[index])
        # What a function draws from the global generators shall not depend on who calls it.
        with seeded_globally(int(sample_keys(0, 0, index)[()])):
            return self._values(self._dataset[index])

    def _values(self, record: Any) -> tuple[Layout, Mapping[str, Any]]:
        if not isinstance(record, Record):
            raise ConfigError(
                f"it is a {type(record).__name__}, no Record: make it one with"
                " dataset.map(lambda x: Record(x=x))"
            )
        if self._known is not None and record.keys() != [*self._known]:
            raise ConfigError(
                f"its fields are {', '.join(record.keys()) or 'none'}, but those of sample 0"
                f" {', '.join(self._known)}"
            )
        layout, values = parts_of(record)
        if self._known is not None:
            check_alike(layout, self._known)
        return layout, {name: self._prepared(name, value) for name, value in values.items()}

    def place(self, index: int) -> str:
        return f"sample {index} of {self._name}"

    def identity(self) -> dict[str, Any]:
        return {"dataset": self._name, "count": len(self), "content": self._content()}

    def _content(self) -> Any:
        try:
            return fingerprint(self._dataset)
        except ConfigError:
            return [*map(self._probe, sorted({0, len(self) // 2, len(self) - 1}))]

    def _probe(self, index: int) -> int:
        """A checksum of a sample, where a dataset doesn't say what makes its samples."""
        try:
            items = self.encoded(index)
        except ConfigError:
            return 0
        return crc32(b"".join(content for item in items for content in item.contents))

    def _prepared(self, name: str, value: Any) -> Any:
        try:
            return prepared(value, self._options)
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from error

    def _columns(self, words: Mapping[str, str], fields: Mapping[str, Any]) -> list[Column]:
        for name in words:
            if name not in fields:
                raise unknown_name("field", name, fields, "dtypes")
        columns = []
        for name, value in fields.items():
            asked = cell_type(words[name]) if name in words else None
            try:
                columns.append(column_for(name, value, self._options.encode, asked))
            except ConfigError as error:
                raise ConfigError(f"field {name!r} of {self._name}: {error}") from error
        if not self.layout:
            raise ConfigError(f"the records of {self._name} have no fields")
        return columns

    def _first_good(self, skips: bool) -> tuple[Layout, Mapping[str, Any]]:
        for index in range(len(self)):
            try:
                return self._taken_apart(index)
            except Exception as error:
                if not skips:
                    raise ConfigError(f"{self.place(index)}: {told(error)}") from error
        raise ConfigError(f"{self._name} has no samples to pack")
