"""What a dataclass and its types say: fields, constraints, documentation, words for types."""

import dataclasses
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from labwork.config.schema._constraints import AtLeast, Doc, OneOf
from labwork.config.schema._words import alternatives, show

__all__ = [
    "MISSING",
    "NAMES",
    "FieldInfo",
    "constraints",
    "expected",
    "fields_of",
    "is_schema",
    "is_union",
    "strip",
    "type_text",
]

MISSING: Any = dataclasses.MISSING

# How a user calls what these types are read from.
NAMES: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    types.NoneType: "null",
    Path: "a path",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
}


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A key of a schema: the type as written, what gives its default, what it means."""

    hint: Any
    doc: str
    make_default: Callable[[], Any] | None

    def default(self) -> Any:
        """A default that nobody else holds; ``MISSING`` where a value is required."""
        return self.make_default() if self.make_default else MISSING


def is_schema(hint: Any) -> bool:
    """Whether ``hint`` is a dataclass."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


@lru_cache(maxsize=256)
def fields_of(schema: type) -> dict[str, FieldInfo]:
    """The keys that ``schema`` takes, in order."""
    hints = get_type_hints(schema, include_extras=True)
    return {f.name: _info(f, hints[f.name]) for f in dataclasses.fields(schema) if f.init}


def _info(field: dataclasses.Field[Any], hint: Any) -> FieldInfo:
    docs = [mark.text for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Doc)]
    doc = docs[0] if docs else str(field.metadata.get("doc", ""))
    return FieldInfo(hint, doc, _default_maker(field))


def _default_maker(field: dataclasses.Field[Any]) -> Callable[[], Any] | None:
    factory: Any = field.default_factory
    if factory is not MISSING:
        return cast("Callable[[], Any]", factory)
    return None if field.default is MISSING else lambda: field.default


def strip(hint: Any) -> Any:
    """The type itself, without what ``Annotated`` and ``NewType`` add."""
    if get_origin(hint) is Annotated:
        return strip(hint.__origin__)
    if isinstance(hint, NewType):
        return strip(hint.__supertype__)
    return types.NoneType if hint is None else hint


def constraints(hint: Any) -> list[Callable[[Any], Any]]:
    """The functions that ``Annotated`` attaches to a type."""
    if isinstance(hint, NewType):
        return constraints(hint.__supertype__)
    return [mark for mark in getattr(hint, "__metadata__", ()) if callable(mark)]


def is_union(hint: Any) -> bool:
    """Whether ``hint`` is written ``A | B``, ``Optional[A]`` or ``Union[A, B]``."""
    return get_origin(hint) in (Union, types.UnionType)


def expected(hint: Any) -> str:
    """What a user should write for ``hint``: ``a whole number or null``."""
    return alternatives(_options(strip(hint)))


def _options(hint: Any) -> list[str]:
    if is_union(hint):
        return [option for member in get_args(hint) for option in _options(strip(member))]
    if get_origin(hint) is Literal:
        return [show(option) for option in get_args(hint)]
    return ["a mapping" if is_schema(hint) else NAMES.get(get_origin(hint) or hint, "a value")]


def type_text(hint: Any) -> str:
    """``hint`` as a column of a table shows it: ``int, at least 0``."""
    marks = [str(c) for c in constraints(hint) if isinstance(c, AtLeast | OneOf)]
    return ", ".join([_bare_text(strip(hint)), *marks])


def _bare_text(hint: Any) -> str:
    if is_union(hint):
        return " | ".join(type_text(member) for member in get_args(hint))
    if get_origin(hint) is Literal:
        return " | ".join(show(option) for option in get_args(hint))
    if get_origin(hint) is not None:
        inner = ", ".join("..." if a is ... else type_text(a) for a in get_args(hint))
        return f"{get_origin(hint).__name__}[{inner}]"
    if is_schema(hint):
        return "mapping"
    return "null" if hint is types.NoneType else getattr(hint, "__name__", str(hint))
