"""Reading nested dicts and lists by key path."""

from collections.abc import Callable, Mapping
from typing import Any

from labwork.config.files._paths import MISSING, find_key, is_index, join_path, split_path
from labwork.core import ConfigError, nearest

__all__ = ["contains_key", "find", "hint", "retrieve", "step", "walk"]

_SHOWN = 8
_ABSENT: Any = object()


def retrieve(tree: Any, path: str, default: Any = MISSING, expand: bool = False) -> Any:
    """The value at ``path``.

    Args:
        tree: nested mappings and lists.
        path: keys joined with slashes or dots; whole numbers index lists.
        default: what to give where there is no such key.
        expand: call callable values that are met on the way, and the one at its end, and go on
            with what they give; ``tree`` stays as it is.

    Raises:
        ConfigError: where there is no such key and no default; the nearest one is given.

    >>> retrieve({"a": [{"b": 1}]}, "a/0/b")
    1
    >>> retrieve({"late": lambda: {"b": 2}}, "late/b", expand=True)
    2
    """
    return find(tree, split_path(path), path, default, expand)


def contains_key(tree: Any, path: str, expand: bool = False) -> bool:
    """Whether there is a value at ``path``; ``expand`` is that of `retrieve`.

    >>> contains_key({"a": [1, None]}, "a/1"), contains_key({"a": [1, None]}, "a/2")
    (True, False)
    """
    return retrieve(tree, path, _ABSENT, expand) is not _ABSENT


def find(
    tree: Any, parts: tuple[str, ...], path: str, default: Any = MISSING, expand: bool = False
) -> Any:
    """What `retrieve` gives, for a path that is split already."""
    found = _called(tree) if expand else tree
    for depth, part in enumerate(parts):
        inner = step(found, part)
        if inner is MISSING:
            if default is MISSING:
                raise ConfigError(f"there is no key {path!r}{hint(found, parts, depth)}")
            return default
        found = _called(inner) if expand else inner
    return found


def step(tree: Any, part: str) -> Any:
    """What stands in ``tree`` under one part of a path, or MISSING."""
    if isinstance(tree, Mapping):
        key = find_key(tree, part)
        return MISSING if key is MISSING else tree[key]
    if isinstance(tree, list | tuple) and is_index(part) and int(part) < len(tree):
        return tree[int(part)]
    return MISSING


def _called(value: Any) -> Any:
    while callable(value):
        value = value()
    return value


def hint(holder: Any, parts: tuple[str, ...], depth: int) -> str:
    """What could have been meant, to end a message with."""
    upper = join_path(parts[:depth]) or "the top level"
    if isinstance(holder, list | tuple):
        return f"; {upper} is a list of {len(holder)}"
    if not isinstance(holder, Mapping):
        return f"; {upper} is no mapping"
    names = [str(key) for key in holder]
    guess = nearest(parts[depth], names)
    if guess is not None:
        return f"; did you mean {join_path((*parts[:depth], guess, *parts[depth + 1 :]))!r}?"
    return f"; {upper} has {_known(names)}"


def _known(names: list[str]) -> str:
    if not names:
        return "no keys"
    return "the keys " + ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def walk(tree: Any, function: Callable[[Any], Any]) -> Any:
    """A new tree in which every leaf is what ``function`` makes of it.

    Leaves are what is neither a mapping nor a list.

    >>> walk({"a": [1, 2], "b": {"c": 3}}, str)
    {'a': ['1', '2'], 'b': {'c': '3'}}
    """
    if isinstance(tree, Mapping):
        return {key: walk(value, function) for key, value in tree.items()}
    if isinstance(tree, list):
        return [walk(item, function) for item in tree]
    return function(tree)
