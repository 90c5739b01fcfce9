"""Restruct: one nested structure from another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from labwork.core import ConfigError
from labwork.nn._module import Module

__all__ = ["Restruct"]

Structure = str | tuple["Structure", ...]


class Restruct(Module):
    """Takes structures of one form apart and makes others of them, by a pattern.

    Args:
        pattern: names in nested parentheses, an arrow, and the same names in another structure:
            ``"(a, (b, c)) -> ((a, b), c)"``.

    Raises:
        ConfigError: where the pattern can't be read, or a name comes from nowhere.

    >>> Restruct("(a, (b, c)) -> ((a, b), c)")((1, (2, 3)))
    ((1, 2), 3)
    """

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self.pattern = pattern
        self._from, self._to = _parse(pattern)
        unknown = set(_names(self._to)) - set(_names(self._from))
        if unknown:
            raise ConfigError(
                f"{', '.join(sorted(unknown))} is only right of the arrow: {pattern!r}"
            )

    def forward(self, x: Any) -> Any:
        """``x`` in the other structure."""
        values: dict[str, Any] = {}
        _take(self._from, x, values, self.pattern)
        return _give(self._to, values)

    def extra_repr(self) -> str:
        """The pattern, as written."""
        return repr(self.pattern)


def _parse(pattern: str) -> list[Structure]:
    try:
        sides = [ast.parse(side.strip(), mode="eval").body for side in pattern.split("->")]
        structures = [_read(side) for side in sides]
    except (SyntaxError, ValueError):
        structures = []
    if len(structures) != 2:
        raise ConfigError(
            f"can't read {pattern!r}; write names in parentheses, such as '(a, (b, c)) -> (c, a)'"
        )
    if len(set(_names(structures[0]))) < len(list(_names(structures[0]))):
        raise ConfigError(f"a name stands twice left of the arrow: {pattern!r}")
    return structures


def _read(node: ast.expr) -> Structure:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(map(_read, parts))
    raise ValueError(node)


def _names(structure: Structure) -> Iterator[str]:
    if isinstance(structure, str):
        yield structure
    else:
        for part in structure:
            yield from _names(part)


def _take(structure: Structure, x: Any, values: dict[str, Any], pattern: str) -> None:
    if isinstance(structure, str):
        values[structure] = x
        return
    if not isinstance(x, tuple | list) or len(x) != len(structure):
        what = f"{len(x)} values" if isinstance(x, tuple | list) else type(x).__name__
        raise ConfigError(f"{what} where {pattern!r} has {len(structure)} values")
    for part, value in zip(structure, x, strict=True):
        _take(part, value, values, pattern)


def _give(structure: Structure, values: dict[str, Any]) -> Any:
    if isinstance(structure, str):
        return values[structure]
    return tuple(_give(part, values) for part in structure)
