"""Values as they were written: plain data, each piece with its origin and its mark."""

from collections.abc import Mapping
from typing import Any

from labwork.config.files._config import Config, Parts, origin_of
from labwork.config.files._escape import escape_references
from labwork.config.files._origin import DEFAULT, Origin
from labwork.config.files._paths import MISSING, find_key
from labwork.core import ConfigError

__all__ = [
    "DELETE",
    "REPLACE",
    "Written",
    "check_deletion",
    "from_config",
    "from_data",
    "same_key",
    "split_mark",
]

REPLACE = "!"
DELETE = "~"


class Written:
    """A scalar, a list or a mapping of what is written, and where that is.

    Args:
        value: a scalar, a list of Written, or a dict of them.
        origin: where it was written.
        mark: REPLACE or DELETE for the value of a marked key, else "".
        marked: whether there are marks somewhere below.
    """

    __slots__ = ("mark", "marked", "origin", "value")

    def __init__(
        self, value: Any, origin: Origin | str, mark: str = "", marked: bool = False
    ) -> None:
        self.value = value
        self.origin = origin
        self.mark = mark
        self.marked = marked

    def __repr__(self) -> str:
        return f"{self.mark}{self.value!r} ({self.origin})"


def split_mark(key: str) -> tuple[str, str]:
    """A key and its mark.

    >>> split_mark("optimizer!"), split_mark("~optimizer"), split_mark("optimizer")
    (('optimizer', '!'), ('optimizer', '~'), ('optimizer', ''))
    """
    if len(key) > 1 and key[0] == DELETE:
        return key[1:], DELETE
    return (key[:-1], REPLACE) if len(key) > 1 and key[-1] == REPLACE else (key, "")


def same_key(children: Mapping[Any, Any], key: str | int) -> str | int:
    """The key in ``children`` that paths can't tell from ``key``, or ``key`` where there is none.

    >>> same_key({1: "a"}, "1"), same_key({1: "a"}, "b")
    (1, 'b')
    """
    if key in children:
        return key
    found = find_key(children, str(key))
    return key if found is MISSING else found


def from_data(data: Any, origin: Origin | str = DEFAULT) -> Written:
    """Plain data as written in one place; marks on keys count.

    Raises:
        ConfigError: where a mapping has the same key twice.
    """
    if isinstance(data, Mapping):
        return _mapping(data, origin)
    if isinstance(data, list):
        items = [from_data(item, origin) for item in data]
        return Written(items, origin, "", any(item.marked for item in items))
    return Written(data, origin)


def _mapping(data: Mapping[Any, Any], origin: Origin | str) -> Written:
    children: dict[Any, Written] = {}
    for written_key, value in data.items():
        key, mark = split_mark(written_key) if type(written_key) is str else (written_key, "")
        if same_key(children, key) in children:
            raise ConfigError(f"{origin}: the key {key!r} is there twice")
        child = children[key] = from_data(value, origin)
        check_deletion(child, mark, key)
        child.mark = mark
    return Written(children, origin, "", any(c.mark or c.marked for c in children.values()))


def check_deletion(child: Written, mark: str, key: object) -> None:
    """A key that deletes has no value."""
    if mark == DELETE and child.value is not None:
        raise ConfigError(f"{child.origin}: ~{key} deletes and takes no value; write '~{key}:'")


def from_config(config: Config) -> Written:
    """A composed config, whose references and marks are done with."""
    return _composed(config, config.plain(), ())


def _composed(config: Config, data: Any, parts: Parts) -> Written:
    origin = origin_of(config, parts)
    if isinstance(data, dict):
        inner = {key: _composed(config, data[key], (*parts, str(key))) for key in data}
        return Written(inner, origin)
    if isinstance(data, list):
        return Written(
            [_composed(config, v, (*parts, str(index))) for index, v in enumerate(data)], origin
        )
    return Written(escape_references(data), origin)
