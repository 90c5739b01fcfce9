"""A snapshot is what the state was, whatever happens to it afterwards."""

import copy
from collections import Counter, OrderedDict, defaultdict, namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from labwork.core import StateError
from labwork.runtime import take_snapshot

Pair = namedtuple("Pair", ["left", "right"])
tensors = st.builds(
    lambda shape, dtype: torch.ones(shape).to(dtype),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from([torch.float32, torch.int64, torch.bool, torch.bfloat16]),
)
states = st.recursive(
    tensors | st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=10,
)


def tensors_in(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(item)


def empty(value: Any) -> None:
    """Changes all that can be changed in place."""
    for tensor in tensors_in(value):
        tensor.zero_()
    if isinstance(value, dict | list):
        value.clear()


@given(states)
def test_later_changes_in_place_do_not_reach_it(state):
    expected = repr(copy.deepcopy(state))
    snapshot = take_snapshot(state)
    empty(state)
    assert repr(snapshot.wait()) == expected
    assert repr(snapshot.wait()) == expected


@pytest.mark.parametrize(
    "state",
    [
        OrderedDict(a=1, b=[2]),
        defaultdict(list, a=[1]),
        Counter("aab"),
        Pair(torch.ones(1), {"a": 1}),
        torch.Size([1, 2]),
        {1, 2},
        torch.ones(2, 3).t(),
        torch.tensor(1.5, dtype=torch.float64),
    ],
    ids=lambda state: type(state).__name__,
)
def test_kinds_are_kept(state):
    (taken,) = take_snapshot([state]).wait()
    assert type(taken) is type(state)
    assert repr(taken) == repr(state)


@pytest.mark.parametrize("value", [np.zeros(2), object(), Tensor, len, range(3)])
def test_what_could_not_be_loaded_again_is_refused_by_its_place(value):
    with pytest.raises(StateError, match=rf"state at a/1/b is a {type(value).__name__}; a state"):
        take_snapshot({"a": [1, {"b": value}]})


def test_numbers_of_numpy_become_plain_ones():
    taken = take_snapshot([np.float64(1.5), np.int32(3), np.bool_(True)]).wait()
    assert (taken, [type(x) for x in taken]) == ([1.5, 3, True], [float, int, bool])


def test_snapshot_of_a_learner_loads_strictly():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(4, 2)).sum().backward()
    optimizer.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    expected = repr(state)
    snapshot = take_snapshot(state)
    model(torch.rand(4, 2)).sum().backward()
    optimizer.step()
    taken = snapshot.wait()
    assert repr(taken) == expected != repr(state)
    assert taken["model"]._metadata == state["model"]._metadata
    assert not any(tensor.requires_grad for tensor in tensors_in(taken))
    model.load_state_dict(taken["model"])
    optimizer.load_state_dict(taken["optimizer"])
    assert repr(model.state_dict()) == repr(taken["model"])
