"""Values that are computed once, for all runs and processes or for this one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

from labwork.data._caches._alike import alike
from labwork.data._caches._blobs import decode, encode
from labwork.data._caches._checks import COMPARED, lie, spread, witness
from labwork.data._caches._parts import Identified
from labwork.data._caches._store import Store
from labwork.data._caches._watch import Watch, filling_since
from labwork.data._rng import seeded_globally

__all__ = ["LazyInfo", "compute", "stored"]

_FACT, _WITNESSES = "samples", "witnesses"  # tables of a store


def compute(function: Callable[[Any], Any], dataset: Any) -> Any:
    """``function(dataset)``, leaving the global generators of random numbers as they were."""
    with seeded_globally(0):
        return function(dataset)


def stored(
    path: Path,
    about: dict[str, Any],
    watch: Watch | None,
    function: Callable[[Any], Any],
    dataset: Any,
) -> Any:
    """What is in the store at ``path``; computed and written there by the first who asks.

    A few of the dataset's samples are kept with it and compared, as what makes them may depend on
    what can't be seen.
    """
    store = Store.at(path, 1, about)
    if watch is not None:
        watch.look_for_another()
    content = store.read(_FACT, 0)
    if content is None:
        with store.filling(0):
            content = store.read(_FACT, 0)
            if content is None:
                with watch.filling(is_sure=True) if watch is not None else nullcontext():
                    content = bytearray(encode(compute(function, dataset)))
                    witnesses = encode(_witnesses(dataset))
                store.write(_WITNESSES, 0, witnesses)
                store.write(_FACT, 0, content)
    elif store.was_there(_FACT, 0):
        _check(store, path, watch, dataset)
    return decode(content)


def _witnesses(dataset: Any) -> list[tuple[int, Any]]:
    return [(index, witness(dataset, index)) for index in spread(len(dataset))[:COMPARED]]


def _check(store: Store, path: Path, watch: Watch | None, dataset: Any) -> None:
    content = store.read(_WITNESSES, 0)
    for index, kept in [] if content is None else decode(content):
        fresh = witness(dataset, index) if kept is not None else None
        if fresh is not None and not alike(fresh, kept):
            if watch is not None:
                watch.look(monotonic())
            raise lie(path, f"sample {index}, by which the fact was known,")


class LazyInfo(Identified, Mapping[str, Any]):
    """Facts about a dataset, of which some are computed when they are first read.

    Args:
        known: those that are there.
        functions: what computes the others from the dataset, by their names.
        dataset: what they get.
        computed: where their results are kept, each with the time when it was begun.
    """

    def __init__(
        self,
        known: Mapping[str, Any],
        functions: Mapping[str, Callable[[Any], Any]],
        dataset: Any,
        computed: dict[str, tuple[Any, float]],
    ) -> None:
        self._known, self._functions = known, functions
        self._dataset, self._computed = dataset, computed

    def identity(self) -> Any:
        return self._known, self._functions

    def __getitem__(self, name: str) -> Any:
        if name not in self._functions:
            return self._known[name]
        if name not in self._computed or self._computed[name][1] < filling_since():
            now = monotonic()
            self._computed[name] = self._functions[name](self._dataset), now
        return self._computed[name][0]

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
