"""Samples in a store: each field is computed and written when it is first read."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._caches._alike import alike
from labwork.data._caches._blobs import decode, encode
from labwork.data._caches._checks import COMPARED, is_blank, lie, spread
from labwork.data._caches._source import Source
from labwork.data._caches._store import Store
from labwork.data._caches._watch import Watch
from labwork.data._lazy_field import LazyField
from labwork.data._record import Record

__all__ = ["StoredSamples"]

_SAMPLES = "samples"  # the table that says which fields a sample has; written after its fields

_NOTHING = object()


class StoredSamples:
    """The samples of a dataset as they are on the disk, or else computed.

    When a field that another process left is first read, a few of its values are compared with
    ones that are computed anew.

    Args:
        path: the store's folder, named for the cache's key.
        count: how many samples there are.
        about: plain data that tells people what the cache holds.
        watch: sees to it that samples are still made by what the key tells; None where the user
            vouches for it.
    """

    def __init__(
        self, path: Path, count: int, about: dict[str, Any], watch: Watch | None = None
    ) -> None:
        self._address, self._watch = (path, count, about), watch
        self._store = Store.at(*self._address)
        self._checked: set[str] = set()

    def __getstate__(self) -> Any:
        return *self._address, self._watch

    def __setstate__(self, state: Any) -> None:
        StoredSamples.__init__(self, *state)

    def get(self, dataset: Any, index: int) -> Record:
        """The sample at ``index``, all of whose fields are lazy."""
        source = Source(dataset, index)
        is_batch, names = self._fields(source)
        fields = {n: LazyField(n, lambda n=n: self._value(source, n)) for n in names}
        return (Batch if is_batch else Record)(fields)

    def _fields(self, source: Source) -> tuple[bool, list[str]]:
        content = self._read(_SAMPLES, source.index)
        if content is not None:
            return decode(content)
        with self._filling(source.index):
            content = self._store.read(_SAMPLES, source.index)
            return decode(content) if content is not None else self._fill(source)

    def _fill(self, source: Source) -> tuple[bool, list[str]]:
        sample = source.sample
        if not isinstance(sample, Record):
            raise ConfigError(
                f"a {type(sample).__name__} has no fields that could be cached on the disk: make"
                " it a record with dataset.map(lambda x: Record(x=x)), or use cache()"
            )
        names = sample.keys()
        for name in names:
            if not sample.is_lazy(name):
                self._write(source, name, sample[name])
        found = isinstance(sample, Batch), names
        self._put(_SAMPLES, source.index, encode(found))
        return found

    def _value(self, source: Source, name: str) -> Any:
        content = self._read(_table(name), source.index)
        if content is None:
            with self._filling(source.index):
                content = self._store.read(_table(name), source.index)
                if content is None:
                    value = source.field(name)
                    self._write(source, name, value)
                    return value
        if name not in self._checked:
            self._check(source, name)
        return decode(content)

    def _write(self, source: Source, name: str, value: Any) -> None:
        try:
            content = encode(value)
        except ConfigError as error:
            raise ConfigError(f"field {name!r} can't be cached on the disk: {error}") from error
        self._put(_table(name), source.index, content)

    def _read(self, table: str, index: int) -> bytearray | None:
        if self._watch is not None:
            self._watch.look_for_another()
        return self._store.read(table, index)

    @contextmanager
    def _filling(self, index: int) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(self._store.filling(index))
            if self._watch is not None:
                stack.enter_context(self._watch.filling())
            yield

    def _put(self, table: str, index: int, content: bytes | bytearray) -> None:
        self._store.write(table, index, content)
        if self._watch is not None:
            self._watch.note(partial(self._store.forget, table, index))

    def _check(self, source: Source, name: str) -> None:
        """Compares a field, and those that are computed along with it, at a few samples."""
        if not self._store.was_there(_table(name), source.index):
            return
        seen = {name}
        for index in self._telling(name, source.index):
            fresh = source.at(index)
            names = dict.fromkeys([name, *self._along(fresh.sample)])
            left = {n: value for n in names if (value := self._left(n, index)) is not _NOTHING}
            self._compare(fresh, left)
            seen |= {n for n, value in left.items() if not is_blank(value)}
        self._checked |= seen

    def _compare(self, fresh: Source, left: dict[str, Any]) -> None:
        for name, value in left.items():
            if name not in fresh.sample or not alike(fresh.field(name), value):
                if self._watch is not None:
                    self._watch.look(monotonic())
                raise lie(self._address[0], f"field {name!r} of sample {fresh.index}")

    def _telling(self, name: str, first: int) -> list[int]:
        """A few indices from all over the dataset, with values that aren't blank if there are."""
        indices = dict.fromkeys([first, *spread(self._address[1])])
        left = {index: self._left(name, index) for index in indices}
        found = [index for index, value in left.items() if value is not _NOTHING]
        return sorted(found, key=lambda index: is_blank(left[index]))[:COMPARED]

    def _along(self, sample: Any) -> list[str]:
        names = sample.keys() if isinstance(sample, Record) else []
        return [n for n in names if n not in self._checked and not sample.is_lazy(n)]

    def _left(self, name: str, index: int) -> Any:
        """What an earlier process left of a field."""
        content = self._store.read(_table(name), index)
        if content is None or not self._store.was_there(_table(name), index):
            return _NOTHING
        return decode(content)


def _table(field: str) -> str:
    return f"field {field}"
