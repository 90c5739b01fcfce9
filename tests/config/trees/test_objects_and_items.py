"""Objects and containers are updated as copies that share nothing which would be changed."""

from collections import OrderedDict, UserDict, defaultdict, namedtuple
from collections.abc import MutableMapping
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from labwork.config.trees import it, ot, sit, sot


@dataclass(frozen=True)
class Options:
    lr: float = 0.1
    decay: float = 0.5


class Slotted:
    __slots__ = ("inner", "lr")

    def __init__(self, lr=0.1, inner=None):
        self.lr, self.inner = lr, inner


class Modular:
    """Keeps its attributes in a dict that a shallow copy would share, as PyTorch's modules do."""

    def __init__(self, **parts):
        object.__setattr__(self, "parts", parts)

    def __setattr__(self, name, value):
        self.parts[name] = value

    def __getattr__(self, name):
        if name == "parts" or name not in self.parts:
            raise AttributeError(name)
        return self.parts[name]


class WithProperty:
    def __init__(self, lr=0.1):
        self.inside = {"lr": lr}

    @property
    def lr(self):
        return self.inside["lr"]

    @lr.setter
    def lr(self, value):
        self.inside["lr"] = value


class Table(MutableMapping):
    """Keeps its items in a dict that a shallow copy would share."""

    def __init__(self, items):
        self.inside = dict(items)

    def __getitem__(self, key):
        return self.inside[key]

    def __setitem__(self, key, value):
        self.inside[key] = value

    def __delitem__(self, key):
        del self.inside[key]

    def __iter__(self):
        return iter(self.inside)

    def __len__(self):
        return len(self.inside)

    def __repr__(self):
        return f"Table({self.inside})"


Point = namedtuple("Point", "lr inner")
OBJECTS = [
    Options(),
    SimpleNamespace(lr=0.1, inner=Options()),
    Slotted(inner=Options()),
    Modular(lr=0.1, inner=Options()),
    WithProperty(),
    Point(0.1, Options()),
]


@pytest.mark.parametrize("target", OBJECTS, ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("kind", [ot, sot])
def test_objects_are_updated_as_copies(kind, target):
    copied = kind(lr=9).apply(target)
    assert (type(copied), copied.lr, target.lr) == (type(target), 9, 0.1)
    assert kind().apply(target).lr == 0.1
    if hasattr(target, "inner"):
        copied = kind(inner=ot(decay=8)).apply(target)
        assert (copied.inner, target.inner) == (Options(decay=8), Options())


def test_only_the_lax_form_adds():
    assert ot(new=1).apply(SimpleNamespace(a=0)) == SimpleNamespace(a=0, new=1)
    assert it(new=1).apply({"a": 0}) == {"a": 0, "new": 1}
    assert type(ot(a=1) | sot(a=2)) is type(sot(a=1) | ot(a=2)) is sot


CONTAINERS = [
    [0, [1, 2]],
    (0, (1, 2)),
    Point(0, [1, 2]),
    {0: 0, 1: {0: 1, 1: 2}},
    OrderedDict({0: 0, 1: [1, 2]}),
    UserDict({0: 0, 1: [1, 2]}),
    Table({0: 0, 1: [1, 2]}),
    defaultdict(list, {0: 0, 1: [1, 2]}),
]


@pytest.mark.parametrize("target", CONTAINERS, ids=lambda o: type(o).__name__)
@pytest.mark.parametrize("kind", [it, sit])
def test_containers_are_updated_as_copies(kind, target):
    before = repr(target)
    copied = kind({0: 9, 1: kind({1: 8})}).apply(target)
    assert (type(copied), copied[0], copied[1][0], copied[1][1]) == (type(target), 9, 1, 8)
    assert kind().apply(target) == target
    assert repr(target) == before


def test_changes_of_an_item_by_two_indices_follow_each_other():
    assert it({-1: it(a=1), 1: it(b=2)}).apply([0, {}]) == [0, {"a": 1, "b": 2}]
