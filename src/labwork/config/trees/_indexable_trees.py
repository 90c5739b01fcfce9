"""IndexableUpdaTree and its strict form: changes of the items of nested containers."""

import copy
import functools
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence
from typing import Any, Self

from labwork.config.trees._faults import for_each
from labwork.config.trees._place import located, not_there, shortened
from labwork.config.trees._tree import MISSING, UpdaTree, updated
from labwork.core import ConfigError, mapping_source

__all__ = ["IndexableUpdaTree", "StrictIndexableUpdaTree", "it", "sit"]


class IndexableUpdaTree(UpdaTree):
    """Changes of the items of a list, a tuple or a mapping; ``it`` for short.

    The updated container is a copy of the same type. A mapping may get further keys; an index of a
    list or a tuple has to be there.

    Args:
        changes: a mapping or pairs of keys or indices and what they get: values; trees, which are
            applied to the present item; and ``Escaped`` values, which are put in place as they are.
        **items: the same for keys that are names.

    >>> it({0: 1, -1: it(lr=0.1)}).apply([0, 0, {"lr": 1.0, "momentum": 0.9}])
    [1, 0, {'lr': 0.1, 'momentum': 0.9}]
    >>> it({3: 1}).apply((0, 0))
    Traceback (most recent call last):
        ...
    labwork.config.trees._faults.TreeError: tuple has no index 3; its length is 2
    """

    alias = "it"

    def __init__(
        self, changes: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (), /, **items: Any
    ) -> None:
        self._keep(_changes=dict(changes, **items))

    def _update(self, value: Any, place: str) -> Any:
        if isinstance(value, dict | MutableMapping):
            return self._update_mapping(value, place)
        if isinstance(value, tuple | MutableSequence):
            return self._update_sequence(value, place)
        hint = "; t(...) edits factories" if callable(value) else ""
        raise ConfigError(
            f"{place} is {shortened(value)}, no list, tuple or mutable mapping that"
            f" {shortened(self)} could update{hint}"
        )

    def _update_mapping(self, mapping: Any, place: str) -> Any:
        copied = _copy(mapping)

        def update(key: Any, change: Any) -> None:
            present = functools.partial(mapping.get, key, MISSING)
            copied[key] = updated(change, present, self._inside(place, key))

        for_each(self._changes, update)
        return copied

    def _update_sequence(self, sequence: Any, place: str) -> Any:
        items = list(sequence) if isinstance(sequence, tuple) else _copy(sequence)

        def update(index: Any, change: Any) -> None:
            _check_index(sequence, index, place)
            present = functools.partial(items.__getitem__, index)
            items[index] = updated(change, present, self._inside(place, index))

        for_each(self._changes, update)
        if not isinstance(sequence, tuple):
            return items
        return sequence._make(items) if hasattr(sequence, "_make") else type(sequence)(items)

    def _with(self, changes: dict[Any, Any]) -> Self:
        return type(self)(changes)

    def _inside(self, place: str, key: Any) -> str:
        return f"{place}[{key!r}]"

    def _parts(self) -> list[str]:
        return [mapping_source(self._changes)] if self._changes else []


class StrictIndexableUpdaTree(IndexableUpdaTree):
    """Changes of items that the container has already; ``sit`` for short.

    Trees inside are as strict as they are themselves.

    Args:
        changes: as for ``IndexableUpdaTree``.
        **items: as for ``IndexableUpdaTree``.

    >>> sit(momentun=0.9).apply({"lr": 0.1, "momentum": 0.5})
    Traceback (most recent call last):
        ...
    labwork.config.trees._faults.TreeError: dict has no key 'momentun'; did you mean 'momentum'? It
    has lr, momentum.
    """

    alias = "sit"

    def _update_mapping(self, mapping: Any, place: str) -> Any:
        def check(key: Any, change: Any) -> None:
            if key not in mapping:
                raise not_there(located(place, mapping), "key", key, mapping)

        for_each(self._changes, check)
        return super()._update_mapping(mapping, place)


def _copy(container: Any) -> Any:
    # One that keeps its items in a container of its own would share it with a shallow copy.
    return copy.copy(container) if isinstance(container, dict | list) else copy.deepcopy(container)


def _check_index(sequence: Any, index: Any, place: str) -> None:
    where, size = located(place, sequence), len(sequence)
    if not isinstance(index, int):
        raise ConfigError(f"{where} is indexed by whole numbers, not by {index!r}")
    if not -size <= index < size:
        raise ConfigError(f"{where} has no index {index}; its length is {size}")


it = IndexableUpdaTree
sit = StrictIndexableUpdaTree
