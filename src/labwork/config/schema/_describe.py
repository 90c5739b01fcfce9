"""The keys of a schema as the rows of a table."""

from typing import Any, NamedTuple, get_args, get_origin

from labwork.config.schema._freeze import to_plain
from labwork.config.schema._hints import MISSING, fields_of, is_schema, is_union, strip, type_text
from labwork.config.schema._words import show

__all__ = ["SchemaRow", "describe_schema"]


class SchemaRow(NamedTuple):
    """What a key is: where it stands, of which type, what it is if it isn't given, its meaning.

    Attributes:
        path: ``*`` stands for any element of a list or any key of a mapping.
        type: such as ``int, at least 0``.
        default: as it would be written; ``required`` where there is none.
        doc: the text of ``Doc``, or of the field's metadata under ``doc``.
    """

    path: str
    type: str
    default: str
    doc: str


def describe_schema(schema: type) -> list[SchemaRow]:
    """A row for each key of ``schema``, each followed by the keys that may stand below it.

    >>> from dataclasses import dataclass
    >>> from typing import Annotated
    >>> from labwork.config.schema import AtLeast, Doc
    >>> @dataclass
    ... class Optimizer:
    ...     name: str
    ...     lr: Annotated[float, AtLeast(0), Doc("size of a step")] = 0.1
    >>> for row in describe_schema(Optimizer):
    ...     print(*row, sep=" | ")
    name | str | required |
    lr | float, at least 0 | 0.1 | size of a step
    """
    return _rows(schema, MISSING, "", ())


def _rows(schema: type, base: Any, prefix: str, above: tuple[type, ...]) -> list[SchemaRow]:
    rows: list[SchemaRow] = []
    for name, info in fields_of(schema).items():
        default = getattr(base, name) if isinstance(base, schema) else info.default()
        path = f"{prefix}{name}"
        rows.append(SchemaRow(path, type_text(info.hint), _default_text(default), info.doc))
        for suffix, inner in _schemas_in(info.hint):
            if inner not in (*above, schema):  # a tree's branches are described once
                rows += _rows(inner, default, f"{path}{suffix}/", (*above, schema))
    return rows


def _default_text(default: Any) -> str:
    return "required" if default is MISSING else show(to_plain(default))


def _schemas_in(hint: Any, suffix: str = "") -> list[tuple[str, type]]:
    """The dataclasses in a type, each with the path that leads to it."""
    hint = strip(hint)
    if is_schema(hint):
        return [(suffix, hint)]
    if is_union(hint):
        return [found for member in get_args(hint) for found in _schemas_in(member, suffix)]
    if get_origin(hint) in (list, tuple, dict):
        return [f for member in get_args(hint) for f in _schemas_in(member, f"{suffix}/*")]
    return []
