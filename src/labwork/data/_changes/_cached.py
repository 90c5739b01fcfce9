"""Samples that are computed once, and facts that are."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from labwork.data._batch import Batch, collate
from labwork.data._caches import LazyInfo, Source, StoredSamples, copied
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices
from labwork.data._lazy_field import LazyField
from labwork.data._record import Record

__all__ = ["InMemory", "Informed", "OnDisk"]


class _SameData(Change):
    """The data stay the same, and so do the labels and what makes them."""

    keeps_data = True

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return parts[0].labels

    def identity(self, parts: Parts) -> Any:
        return parts[0].identity()


class _Cached(_SameData):
    hides_draws = True
    collates_anew = True

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        return cast(Batch, collate([self.get(parts, int(index)) for index in indices]))


class InMemory(_Cached):
    """Keeps samples in this process; copies that are sent to other processes begin empty."""

    def __init__(self) -> None:
        self._sources: dict[int, Source] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"_sources": {}}

    def get(self, parts: Parts, index: int) -> Any:
        if index not in self._sources:
            self._sources[index] = Source(parts[0], index)
        source = self._sources[index]
        sample = source.sample
        if not isinstance(sample, Record):
            return copied(sample)
        names = sample.keys()
        fields = {n: LazyField(n, lambda n=n: copied(source.field(n))) for n in names}
        return type(sample)(fields)

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.cache()"


class OnDisk(_Cached):
    """Keeps fields in a store on the disk, for all processes and runs."""

    def __init__(self, samples: StoredSamples, name: str | None) -> None:
        self._samples, self._name = samples, name

    def get(self, parts: Parts, index: int) -> Record:
        return self._samples.get(parts[0], index)

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.cache_hdd({'' if self._name is None else repr(self._name)})"


class Informed(_SameData):
    """Adds facts to ``info`` that are computed when they are read, each by a function."""

    def __init__(self, functions: Mapping[str, Callable[[Any], Any]], method: str) -> None:
        self._functions, self._method = dict(functions), method
        self._computed: dict[str, Any] = {}

    def get(self, parts: Parts, index: int) -> Any:
        return parts[0].get(index)

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        return parts[0].get_batch(indices)

    def info(self, parts: Parts) -> Mapping[str, Any]:
        return LazyInfo(parts[0].info, self._functions, parts[0], self._computed)

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.{self._method}({', '.join(self._functions)})"
