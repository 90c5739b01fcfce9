"""Values that are computed once, for all runs and processes or for this one."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from labwork.data._caches._blobs import decode, encode
from labwork.data._caches._parts import Identified
from labwork.data._caches._store import Store
from labwork.data._rng import seeded_globally

__all__ = ["LazyInfo", "compute", "stored"]


def compute(function: Callable[[Any], Any], dataset: Any) -> Any:
    """``function(dataset)``, leaving the global generators of random numbers as they were."""
    with seeded_globally(0):
        return function(dataset)


def stored(path: Path, about: dict[str, Any], function: Callable[[Any], Any], dataset: Any) -> Any:
    """What is in the store at ``path``; computed and written there by the first who asks."""
    store = Store.at(path, 1, about)
    content = store.read("samples", 0)
    if content is None:
        with store.filling(0):
            content = store.read("samples", 0)
            if content is None:
                content = bytearray(encode(compute(function, dataset)))
                store.write("samples", 0, content)
    return decode(content)


class LazyInfo(Identified, Mapping[str, Any]):
    """Facts about a dataset, of which some are computed when they are first read.

    Args:
        known: those that are there.
        functions: what computes the others from the dataset, by their names.
        dataset: what they get.
        computed: where their results are kept.
    """

    def __init__(
        self,
        known: Mapping[str, Any],
        functions: Mapping[str, Callable[[Any], Any]],
        dataset: Any,
        computed: dict[str, Any],
    ) -> None:
        self._known, self._functions = known, functions
        self._dataset, self._computed = dataset, computed

    def identity(self) -> Any:
        return self._known, self._functions

    def __getitem__(self, name: str) -> Any:
        if name not in self._functions:
            return self._known[name]
        if name not in self._computed:
            self._computed[name] = self._functions[name](self._dataset)
        return self._computed[name]

    def __contains__(self, name: object) -> bool:
        return name in self._functions or name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._known), **dict.fromkeys(self._functions)})

    def __len__(self) -> int:
        return len(self._known.keys() | self._functions.keys())

    def __repr__(self) -> str:
        shown = (
            f"{name!r}: {'<lazy>' if self._is_lazy(name) else repr(self[name])}" for name in self
        )
        return f"{{{', '.join(shown)}}}"

    def _is_lazy(self, name: str) -> bool:
        return name in self._functions and name not in self._computed
