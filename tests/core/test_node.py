"""Laws of nodes: children, config and state, over random trees."""

import copy
import functools
import pickle
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import Callbacks, Group, History, Node, StateError, Status

RESERVED = ["config", "status", "history", "callbacks"]


class Leaf(Node):
    state_fields = ("count",)

    def __init__(self, start: Any = 0, *, unit: Any = "it") -> None:
        self.count = start


class Branch(Node):
    state_fields = ("level",)

    def __init__(self, level: int, **members: Any) -> None:
        self.level = level
        vars(self).update(members)


class Learner(Node):
    def __init__(self, width: int = 3) -> None:
        self.model = torch.nn.Linear(width, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1.0)


names = st.sampled_from("abcdef")
# A tree is told by the numbers in it: of leaves, and under "" of branches.
shapes = st.recursive(
    st.integers(),
    lambda inner: st.builds(
        lambda members, level: {**members, "": level},
        st.dictionaries(names, inner, max_size=3),
        st.integers(),
    ),
    max_leaves=12,
)
literals = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def grow(shape: Any, change: int = 0) -> Node:
    """The tree of a shape, ``change`` being added to all its numbers."""
    if isinstance(shape, int):
        return Leaf(shape + change)
    members = {name: grow(inner, change) for name, inner in shape.items() if name}
    return Branch(shape[""] + change, **members)


def levels(state: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths to all nodes of a state."""
    inner = [levels(v, (*path, k)) for k, v in state.items() if isinstance(v, dict)]
    return [path, *(p for paths in inner for p in paths)]


def at(state: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    return functools.reduce(lambda inner, name: inner[name], path, state)


@given(shapes)
def test_state_round_trip(shape):
    tree, other = grow(shape), grow(shape, change=1)
    state = tree.state_dict()
    assert other.state_dict() != state
    other.load_state_dict(state)
    assert other.state_dict() == state
    assert other.status.restored
    assert not tree.status.restored


@given(shapes, st.data())
def test_missing_and_unexpected_keys_are_named_with_their_path(shape, data):
    tree = grow(shape)
    state = tree.state_dict()
    path = data.draw(st.sampled_from(levels(state)))
    level = at(state, path)
    lost = data.draw(st.sampled_from(sorted(level)))
    del level[lost]
    level["strange"] = 1
    with pytest.raises(StateError) as caught:
        tree.load_state_dict(state)
    place = "".join(f"{name}: " for name in path)
    told = str(caught.value)
    assert told.startswith(f"{place}the state doesn't fit ")
    assert told.endswith(f": missing {lost}; unexpected strange")


@pytest.mark.parametrize("state", [None, 3, [], "text"])
def test_state_that_is_no_mapping_is_refused_where_it_is(state):
    tree = Group(a=Group(b=Leaf()))
    with pytest.raises(StateError, match=r"^a: b: "):
        tree.load_state_dict({"a": {"b": state}})


def test_part_that_holds_its_whole_is_told_how_to_hold_it():
    tree = Branch(0, part=Branch(1, deeper=Leaf()))
    tree.part.deeper.whole = tree
    with pytest.raises(
        StateError, match=r"Branch is an attribute of one of its own parts.* self\._"
    ):
        tree.state_dict()
    tree.part.deeper._whole = tree.part.deeper.__dict__.pop("whole")
    assert tree.state_dict() == {"level": 0, "part": {"level": 1, "deeper": {"count": 0}}}


def test_children_are_public_attributes_with_a_state():
    node = Branch(0, a=Leaf(), b=torch.nn.Linear(1, 1), _c=Leaf(), d=3, e=Leaf, f=[Leaf()])
    assert list(node.children) == ["a", "b"]
    node.g = Leaf()
    del node.a
    assert list(node.children) == ["b", "g"]
    assert list(node.state_dict()) == ["level", "b", "g"]


def test_history_status_and_callbacks_are_made_when_used_and_stay():
    node = Leaf(1)
    assert not set(vars(node)) & set(RESERVED)
    state = node.state_dict()
    made = [getattr(node, name) for name in RESERVED]
    assert [type(part) for part in made] == [dict, Status, History, Callbacks]
    assert all(getattr(node, name) is part for name, part in zip(RESERVED, made, strict=True))
    assert node.state_dict() == state
    assert node.children == {}


@given(literals, literals)
def test_repr_reads_like_the_config_and_evaluates_back(start, unit):
    node = Group(a=Leaf(start, unit=unit), b=Leaf())
    again = eval(repr(node), {"Group": Group, "Leaf": Leaf})
    assert repr(again) == repr(node)
    assert again.config == node.config
    assert again["a"].config == {"start": start, "unit": unit}
    assert again["b"].config == {"start": 0, "unit": "it"}


@given(shapes)
def test_copies_keep_config_and_state_and_are_independent(shape):
    tree = grow(shape)
    for twin in (copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert type(twin) is type(tree)
        assert (twin.config, repr(twin)) == (tree.config, repr(tree))
        assert twin.state_dict() == tree.state_dict()
        twin.load_state_dict(grow(shape, change=1).state_dict())
        assert twin.state_dict() != tree.state_dict()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copied_optimizer_trains_the_copied_model(duplicate):
    learner = Learner()
    twin = duplicate(learner)
    before = learner.model.weight.clone()
    assert torch.equal(twin.model.weight, before)
    twin.model(torch.ones(1, 3)).sum().backward()
    twin.optimizer.step()
    assert torch.equal(learner.model.weight, before)
    assert torch.equal(twin.model.weight, before - 1)


def test_config_is_plain_data_with_every_default():
    node = Branch(1, leaf=Leaf(2), make=functools.partial(Leaf, unit="ep"), kind=Leaf)
    name = f"{__name__}.Leaf"
    assert node.config == {
        "level": 1,
        "leaf": {name: {"start": 2, "unit": "it"}},
        "make": {name: {"start": 0, "unit": "ep"}},
        "kind": name,
    }


def test_state_of_callbacks_is_part_of_the_nodes():
    def noted(count):
        node = Leaf()
        node.callbacks.add(Leaf(count), name="note")
        return node

    node, other = noted(3), noted(0)
    other.load_state_dict(node.state_dict())
    assert other.callbacks["note"].count == 3
    with pytest.raises(StateError, match="callbacks: no callback for the state of note"):
        Leaf().load_state_dict(node.state_dict())
