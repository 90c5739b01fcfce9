"""Changing nested dicts and lists by key path."""

from collections.abc import MutableMapping
from typing import Any

from labwork.config.files._keypaths import hint, step
from labwork.config.files._paths import (
    MISSING,
    find_key,
    is_index,
    join_path,
    new_key,
    split_path,
)
from labwork.core import ConfigError, shorten

__all__ = ["pop_keypath", "set_default", "set_value"]

_WIDEST_GAP = 10_000


def set_value(tree: Any, path: str, value: Any) -> None:
    """Sets the value at ``path``, in place.

    Parents that are missing are made: a list where the next part is a whole number, else a
    dict. Lists that are too short are padded with None, and a parent that is None counts as
    missing.

    Raises:
        ConfigError: where a parent is a leaf, or an element is set further than 10,000 behind the
            end of its list.

    >>> tree = {"a": [1]}
    >>> set_value(tree, "a/3/b", 2)
    >>> tree
    {'a': [1, None, None, {'b': 2}]}
    """
    parts = _parts(path)
    for depth, following in enumerate(parts[1:]):
        inner = step(tree, parts[depth])
        if inner is MISSING or inner is None:
            inner = [] if is_index(following) else {}
            _put(tree, parts, depth, inner)
        tree = inner
    _put(tree, parts, len(parts) - 1, value)


def set_default(tree: Any, path: str, default: Any) -> Any:
    """The value at ``path``, which is first set to ``default`` where there is none.

    Raises:
        ConfigError: as in `set_value`.

    >>> tree = {"a": {"b": 1}}
    >>> set_default(tree, "a/b", 5), set_default(tree, "a/c", 5), tree
    (1, 5, {'a': {'b': 1, 'c': 5}})
    """
    found = tree
    for part in _parts(path):
        found = step(found, part)
        if found is MISSING:
            set_value(tree, path, default)
            return default
    return found


def pop_keypath(tree: Any, path: str, default: Any = MISSING) -> Any:
    """Takes the value at ``path`` out of the tree and gives it.

    Raises:
        ConfigError: where there is no such key and no default.

    >>> tree = {"a": {"b": 1, "c": 2}}
    >>> pop_keypath(tree, "a/b"), pop_keypath(tree, "a/b", default=None), tree
    (1, None, {'a': {'c': 2}})
    """
    parts = _parts(path)
    holder = tree
    for depth, part in enumerate(parts):
        inner = step(holder, part)
        if inner is MISSING:
            if default is MISSING:
                raise ConfigError(f"there is no key {path!r}{hint(holder, parts, depth)}")
            return default
        tree, holder = holder, inner
    return tree.pop(int(parts[-1]) if isinstance(tree, list) else find_key(tree, parts[-1]))


def _parts(path: str) -> tuple[str, ...]:
    if not path:
        raise ConfigError("the empty path names the whole tree, which can't be set or taken out")
    return split_path(path)


def _put(holder: Any, parts: tuple[str, ...], depth: int, value: Any) -> None:
    """Sets what stands in ``holder`` under one part of a path."""
    part = parts[depth]
    if isinstance(holder, MutableMapping):
        key = find_key(holder, part)
        holder[new_key(part) if key is MISSING else key] = value
    elif isinstance(holder, list) and is_index(part):
        _pad(holder, int(part), parts)
        holder[int(part)] = value
    else:
        upper = join_path(parts[:depth]) if depth else "the tree"
        raise ConfigError(f"{join_path(parts)} can't be set: {upper} is {_kind(holder)}")


def _pad(items: list[Any], index: int, parts: tuple[str, ...]) -> None:
    gap = index + 1 - len(items)
    if gap > _WIDEST_GAP:
        raise ConfigError(
            f"{join_path(parts)} can't be set: the list has {len(items)} elements, and no more"
            f" than {_WIDEST_GAP} are made at once"
        )
    items.extend([None] * gap)


def _kind(value: Any) -> str:
    return (
        f"a list of {len(value)}"
        if isinstance(value, list)
        else f"{shorten(repr(value))}, no mapping"
    )
