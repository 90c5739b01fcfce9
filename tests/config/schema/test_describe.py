"""A schema explains itself, row by row."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from labwork.config.schema import AtLeast, Doc, OneOf, describe_schema


@dataclass
class Inner:
    lr: Annotated[float, AtLeast(0), Doc("size of a step")] = 0.1
    children: list["Inner"] = field(default_factory=list)


@dataclass
class Outer:
    name: str
    mode: Literal["min", "max"] = field(default="min", metadata={"doc": "what is better"})
    optimizer: Inner = field(default_factory=lambda: Inner(0.5))
    table: dict[str, Inner | None] = field(default_factory=dict)
    folder: Path | None = None
    size: Annotated[tuple[Annotated[int, AtLeast(1)], ...], Doc("pixels")] = (8, 8)
    solver: Annotated[str, OneOf("a", "b")] = "a"
    extra: Any = None


def test_rows_tell_path_type_default_and_doc():
    assert [tuple(row) for row in describe_schema(Outer)] == [
        ("name", "str", "required", ""),
        ("mode", "'min' | 'max'", "'min'", "what is better"),
        ("optimizer", "mapping", "{lr: 0.5, children: []}", ""),
        ("optimizer/lr", "float, at least 0", "0.5", "size of a step"),
        ("optimizer/children", "list[mapping]", "[]", ""),
        ("table", "dict[str, mapping | null]", "{}", ""),
        ("table/*/lr", "float, at least 0", "0.1", "size of a step"),
        ("table/*/children", "list[mapping]", "[]", ""),
        ("folder", "Path | null", "null", ""),
        ("size", "tuple[int, at least 1, ...]", "[8, 8]", "pixels"),
        ("solver", "str, 'a' or 'b'", "'a'", ""),
        ("extra", "Any", "null", ""),
    ]
