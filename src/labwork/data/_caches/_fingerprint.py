"""A digest of all that makes a value: equal digests mean equal behavior, in any process."""

import hashlib
from array import array
from collections.abc import Iterator
from typing import Any, TypeAlias
from zlib import crc32

from labwork.core import ConfigError
from labwork.data._caches._classes import class_parts, members
from labwork.data._caches._functions import function_parts
from labwork.data._caches._objects import object_parts
from labwork.data._caches._origin import library_of
from labwork.data._caches._outside import outside_name
from labwork.data._caches._parts import Identified, Parts, UnknownContentError, Vouched
from labwork.data._caches._plain import is_shared, plain_parts

__all__ = ["Marks", "changed_place", "fingerprint", "traced"]

_DIGEST_SIZE = 20
_MOST_MARKS = 100_000
Marks: TypeAlias = "array[int]"
Trail: TypeAlias = tuple[Any, str] | None  # the trail to what holds a value, and where it does


def fingerprint(value: Any) -> str:
    """Forty letters that differ where two values do.

    Of a function they depend on its code, the values of its defaults, of its closure and of the
    globals that it reads, and likewise on each function that it calls, down to those of
    libraries, which are told by name and version. Of arrays, tensors, modules and other objects
    they depend on the type and the content.

    Raises:
        ConfigError: where an object's content can't be known; it is named.

    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 2)
    False
    >>> fingerprint({"a": [1, 2]}) == fingerprint({"a": [1, 2]})
    True
    >>> fingerprint(len) == fingerprint(print)
    False
    """
    return traced(value)[0]


def traced(value: Any) -> "tuple[str, Marks]":
    """The fingerprint, and marks of the first parts, so that it can be told which one changed."""
    digest, marks = hashlib.blake2b(digest_size=_DIGEST_SIZE), array("L")
    for parts, _ in _walk(value):
        content = b"".join(_framed(parts))
        digest.update(content)
        if len(marks) < _MOST_MARKS:
            marks.append(crc32(content))
    return digest.hexdigest(), marks


def changed_place(value: Any, marks: "Marks") -> str:
    """Where a value differs from what it was when it was traced."""
    for (parts, trail), mark in zip(_walk(value), marks, strict=False):
        if crc32(b"".join(_framed(parts))) != mark:
            return _told(trail)
    return "a part of it"


def _walk(value: Any) -> Iterator[tuple[Parts, Trail]]:
    numbers: dict[tuple[int, bool], int] = {}
    kept: list[Any] = []  # so that no id is used twice
    waiting: list[tuple[Any, Trail, bool]] = [(value, None, False)]
    while waiting:
        item, trail, is_vouched = waiting.pop()
        if isinstance(item, Vouched):
            item, is_vouched = item.value, True
        if isinstance(item, Identified):
            item = item.original()
        if is_shared(item):
            if (id(item), is_vouched) in numbers:  # a function that calls itself, for one
                yield Parts("again", str(numbers[id(item), is_vouched]).encode()), trail
                continue
            numbers[id(item), is_vouched] = len(numbers)
            kept.append(item)
        parts = _taken_apart(item, trail, is_vouched)
        yield parts, trail
        held = reversed(parts.children)
        waiting += [(child, (trail, where), is_vouched) for where, child in held]


def _taken_apart(value: Any, trail: Trail, is_vouched: bool) -> Parts:
    try:
        if (outside := outside_name(value)) is not None:
            return _outside(outside, is_vouched)
        if isinstance(value, frozenset | set):
            members = "".join(sorted(map(fingerprint, value)))
            return Parts(type(value).__name__, members.encode())
        if isinstance(value, Identified):
            return Parts("identified", b"", _identity(value))
        told = plain_parts(value) or function_parts(value) or class_parts(value)
        return told or object_parts(value)
    except UnknownContentError as error:
        raise ConfigError(
            f"what makes the data can't be known, as {_told(trail)} is {error}; give a name to the"
            " cache, cache_hdd(name='…'), or to the function, map(f, name='…')"
        ) from error


def _outside(name: str, is_vouched: bool) -> Parts:
    if not is_vouched:
        raise UnknownContentError(f"{name}, which may give something else next time")
    return Parts("outside", name.encode())


def _identity(value: Identified) -> list[tuple[str, Any]]:
    kind = type(value)
    teller = next(cls for cls in kind.__mro__ if "identity" in vars(cls))
    is_told_by_user = library_of(teller.__module__) is None
    classes = [kind] if is_told_by_user else kind.__mro__
    children: list[tuple[str, Any]] = [("", value.identity())]
    for cls in classes:
        is_library = library_of(cls.__module__) is not None
        is_told = is_told_by_user or is_library
        children += [("", Vouched(cls))] if is_told else members(cls)
    if library_of(kind.__module__) is None and "identity" not in vars(kind):
        # A user's class may have more to it than the one that it takes its identity from.
        children += [(f"{kind.__qualname__}.{key}", item) for key, item in vars(value).items()]
    return children


def _framed(parts: Parts) -> Iterator[bytes]:
    for text in (parts.kind.encode("utf-8", "surrogatepass"), parts.content):
        yield len(text).to_bytes(8, "little")
        yield text
    yield len(parts.children).to_bytes(8, "little")


def _told(trail: Trail) -> str:
    places: list[str] = []
    while trail is not None:
        trail, where = trail
        places += [where] if where else []
    return " in ".join(dict.fromkeys(places)) or "it"
