"""Namespaces: what is in them, when it is imported, and how they are joined."""

import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import pytest

from labwork.config.expressions import LazyImport, Namespace, PublicNames, parse_expression
from labwork.core import ExpressionError


class Untouched(Mapping[Any, Any]):
    """A mapping that may be asked for nothing."""

    def __getitem__(self, key: Any) -> Any:
        raise AssertionError(key)

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with all that a module may have."""
    module = ModuleType("shapes")
    source = {
        "Circle": "shapes",
        "Square": "shapes.square",
        "helper": "shapesy",
        "_hidden": "shapes",
    }
    for name, home in source.items():
        setattr(module, name, type(name, (), {"__module__": home}))
    module.size, module.system = 3, sys
    monkeypatch.setitem(sys.modules, "shapes", module)
    return module


def test_public_names_are_those_that_a_module_defines_below_itself(shapes):
    assert list(PublicNames("shapes")) == ["Circle", "Square", "size"]
    assert list(PublicNames("shapes", lambda value: value is shapes.Circle)) == ["Circle"]
    shapes.__all__ = ["size", "helper", "system", "_hidden", "Circle"]
    names = PublicNames("shapes")
    assert dict(names) == {"size": 3, "helper": shapes.helper, "Circle": shapes.Circle}
    assert [name in names for name in ("size", "Square", "system", "_hidden", "missing", 1)] == [
        *[True, False, False, False, False, False]
    ]
    with pytest.raises(KeyError):
        names["system"]


def test_paths_name_all_that_can_be_reached_and_import_nothing(shapes):
    space = Namespace(
        {
            "a": {"b": {"c": 1}, "_d": 2},
            "gone": LazyImport("no_such_module", "x"),
            "inner": Namespace({"x": 1}),
            "proxy": MappingProxyType({"y": 2}),
            "shapes": PublicNames("shapes"),
            "broken": PublicNames("no_such_module"),
            "_hidden": 1,
        }
    )
    known = ["a.b.c", "gone", "inner.x", "proxy.y"]
    known += ["shapes.Circle", "shapes.Square", "shapes.size", "broken"]
    assert space.paths() == known
    del sys.modules["shapes"]
    assert space.paths() == [*known[:4], "shapes", "broken"]
    sys.modules["shapes"] = shapes
    for path in set(known) - {"gone", "broken"}:
        parse_expression(path).evaluate(space)


def test_nothing_is_asked_for_before_it_is_needed():
    space = Namespace(ChainMap({"a": 1, "f": len}, Untouched()), open_types=Untouched())
    joined = space.join({"b": [1, {"c": 2}]})
    assert parse_expression("f(b) + a + b[1]['c'] - (lambda x: x)(1)").evaluate(joined) == 4


def test_the_last_namespace_has_its_way_and_open_types_are_united():
    first = Namespace({"a": 1, "g": {"x": 1}}, {complex: ["real"]})
    joined = first.join({"a": 2}, Namespace({"f": slice(1, 2)}, {slice: ["start"]}))
    assert parse_expression("(a, g.x, f.start)").evaluate(joined) == (2, 1, 1)
    with pytest.raises(ExpressionError, match="attributes of a slice"):
        parse_expression("f.start").evaluate(first.join({"f": slice(1, 2)}))


def test_mapping_from_elsewhere_is_a_value_and_no_group():
    space = Namespace({"config": ChainMap({"lr": 1}), "f": lambda **given: given})
    assert parse_expression("f(**config)").evaluate(space) == {"lr": 1}
    with pytest.raises(ExpressionError, match="attributes of a ChainMap"):
        parse_expression("config.lr").evaluate(space)
