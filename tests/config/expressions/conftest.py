"""Names such as those that expressions of experiments find."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from labwork.config.expressions import LazyImport, Namespace, PublicNames


@pytest.fixture
def unmark() -> Callable[[str], list[str]]:
    """Of text with ``«»`` around a part: what is before the part, itself, and what is after."""
    return lambda marked: re.split("[«»]", marked)


class Data:
    """A dataset: of an open type, so expressions may index, slice, add and repeat it."""

    hidden = "not among the open names"

    def __init__(self, *items: Any) -> None:
        self.items = items

    @property
    def broken(self) -> Any:
        raise OSError("no such file")

    def map(self, function: Any) -> "Data":
        return Data(*map(function, self.items))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        return Data(*self.items[index]) if isinstance(index, slice) else self.items[index]

    def __add__(self, other: "Data") -> "Data":
        return Data(*self.items, *other.items)

    def __mul__(self, count: int) -> "Data":
        return Data(*(self.items * count))


class Record:
    """Of an open type whose open names depend on the instance."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        vars(self).update(fields)


class Tree:
    """Of no open type; holds what it is given, and compares all of it."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.held = args, keywords

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self.held == other.held

    __hash__ = None  # type: ignore[assignment]


def net(depth: int = 18, *, small_input: bool = False) -> str:
    return f"net{depth}{small_input}"


def fail(error: str = "ValueError", message: str = "") -> None:
    kinds = {"ValueError": ValueError, "KeyError": KeyError, "StopIteration": StopIteration}
    raise kinds[error](message)


@pytest.fixture(scope="session")
def namespace() -> Namespace:
    builtins = {f.__name__: f for f in (dict, len, list, map, max, range, sorted, str, sum, zip)}
    ours = {"t": dict, "Tree": Tree, "Record": Record, "net": net, "fail": fail, "ResNetV1": net}
    groups = {"recipes": {"digits": 1, "deep": {"cifar": 2}}, "parts": PublicNames("fractions")}
    values = {"d": [Data(1, 2, 3), Data(4, 5)], "r": Record(image=7), "n": 3, "tree": Tree()}
    lazy = {"sqrt": LazyImport("math", "sqrt"), "gone": LazyImport("no_such_module", "x")}
    modules = {"module": LazyImport("os", "path"), "pytest": pytest, "_secret": 1}
    return Namespace(
        {**builtins, **ours, **groups, **values, **lazy, **modules, "partial": partial},
        open_types={Data: ("map", "items", "broken"), Record: lambda r: r.fields},
    )
