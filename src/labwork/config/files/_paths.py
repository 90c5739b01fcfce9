r"""Key paths: ``losses/KL/weight`` or ``losses.KL.weight``.

A path that holds a slash is split at slashes only, any other one at dots. A backslash takes the
next character as it is, so ``a\/b`` is one key with a slash in it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from labwork.core import ConfigError

__all__ = [
    "MISSING",
    "Missing",
    "find_key",
    "is_index",
    "is_whole",
    "join_path",
    "new_key",
    "raw_parts",
    "split_path",
]

_SLASH = re.compile(r"(?:[^\\/]|\\.)*", re.DOTALL)
_DOT = re.compile(r"(?:[^\\.]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,999}")


class Missing:
    """What stands where there is nothing."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


@lru_cache(maxsize=4096)
def split_path(path: str) -> tuple[str, ...]:
    r"""The keys of a path; the empty path is the root and has none.

    Raises:
        ConfigError: where a part is empty, as in ``a//b``.

    >>> split_path("losses/KL.1/weight"), split_path("a.b"), split_path("a\\.b")
    (('losses', 'KL.1', 'weight'), ('a', 'b'), ('a.b',))
    """
    if "\\" not in path:
        parts = raw_parts(path)
    else:
        parts = tuple(_ESCAPED.sub(r"\1", part) for part in raw_parts(path))
    if not all(parts):
        raise ConfigError(f"the key path {path!r} has an empty part")
    return parts


def raw_parts(path: str) -> tuple[str, ...]:
    """The parts of a path with the backslashes still in them."""
    if not path:
        return ()
    if "\\" not in path:
        return tuple(path.split("/" if "/" in path else "."))
    parts = _cut(_SLASH, path)
    return parts if len(parts) > 1 else _cut(_DOT, path)


def _cut(pattern: re.Pattern[str], path: str) -> tuple[str, ...]:
    parts, position = [], 0
    while position <= len(path):
        match = pattern.match(path, position)
        assert match
        parts.append(match[0])
        position = match.end() + 1
        if match.end() < len(path) and path[match.end()] == "\\":
            raise ConfigError(f"the key path {path!r} ends in a lone backslash")
    return tuple(parts)


def join_path(parts: Iterable[object]) -> str:
    r"""The path of some keys, such that ``split_path`` gives them back.

    >>> join_path(["a", "b.c", 0]), join_path(["a.b"]), join_path(["a/b", "c"])
    ('a/b.c/0', 'a\\.b', 'a\\/b/c')
    """
    escaped = [_escape(str(part), "\\/") for part in parts]
    return _escape(escaped[0], ".") if len(escaped) == 1 else "/".join(escaped)


def _escape(part: str, characters: str) -> str:
    for character in characters:
        if character in part:
            part = part.replace(character, "\\" + character)
    return part


def is_index(part: str) -> bool:
    """Whether a part can stand for an element of a list: a whole number without sign."""
    return part[:1] != "-" and is_whole(part)


def is_whole(part: str) -> bool:
    """Whether a part can stand for an integer key, or an element of a list."""
    return _WHOLE.fullmatch(part) is not None


def find_key(mapping: Mapping[Any, Any], part: str) -> Any:
    """The key of ``mapping`` that ``part`` means, or MISSING: the string first, then the integer.

    >>> find_key({1: "a"}, "1"), find_key({1: "a", "1": "b"}, "1"), find_key({}, "1")
    (1, '1', nothing)
    """
    if part in mapping:
        return part
    if is_whole(part) and int(part) in mapping:
        return int(part)
    return MISSING


def new_key(part: str) -> str | int:
    """The key that a part makes where there is none yet: typed as in YAML."""
    return int(part) if is_whole(part) else part
