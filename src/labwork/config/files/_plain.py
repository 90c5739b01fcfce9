"""Plain data: mappings with string or integer keys, lists, strings, numbers, booleans, None."""

from collections.abc import Mapping
from typing import Any

from labwork.config.files._paths import join_path
from labwork.core import ConfigError

__all__ = ["DEEPEST", "copy_plain", "to_plain"]

DEEPEST = 100
_ATOMS = frozenset([str, int, float, bool, type(None)])


def copy_plain(data: Any) -> Any:
    """A deep copy of what is plain data already."""
    if type(data) is dict:
        return {key: copy_plain(value) for key, value in data.items()}
    if type(data) is list:
        return [copy_plain(item) for item in data]
    return data


def to_plain(data: Any, path: tuple[Any, ...] = ()) -> Any:
    """A deep copy as plain data: mappings become dicts, tuples become lists.

    Raises:
        ConfigError: where something else is found, or the nesting is over 100 deep.

    >>> to_plain({"betas": (0.9, 0.99)})
    {'betas': [0.9, 0.99]}
    """
    if type(data) in _ATOMS:
        return data
    if len(path) > DEEPEST:
        raise ConfigError(f"{join_path(path[:3])}/… is nested more than {DEEPEST} deep")
    if isinstance(data, Mapping):
        return {_key(key, path): to_plain(value, (*path, key)) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [to_plain(item, (*path, index)) for index, item in enumerate(data)]
    return _atom(data, path)


def _key(key: Any, path: tuple[Any, ...]) -> str | int:
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise ConfigError(f"{_place(path)}the key {key!r} is neither a string nor an integer")
    return str(key) if isinstance(key, str) else int(key)


def _atom(data: Any, path: tuple[Any, ...]) -> str | int | float:
    """What a subclass stands for, such as numpy's float64, which is a float."""
    for kind in (str, int, float):
        if isinstance(data, kind):
            return kind(data)
    raise ConfigError(
        f"{_place(path)}cannot represent an object of type {type(data).__name__} as plain data;"
        " use mappings, lists, strings, numbers, booleans and None"
    )


def _place(path: tuple[Any, ...]) -> str:
    return f"{join_path(path)}: " if path else ""
