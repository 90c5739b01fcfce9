"""A grid is the product of its axes, made on demand."""

import copy
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.files import Config, Origin
from labwork.config.grids import expand_grid
from labwork.core import ConfigError

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2)
names = st.text("abc", min_size=1, max_size=2)
values = scalars | st.lists(scalars | st.dictionaries(names | st.just("a_"), scalars), max_size=2)


def with_axes(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Mappings of which some keys hold several values."""
    item = st.tuples(st.just(False), inner | values)
    axis = st.tuples(st.just(True), st.lists(inner | values, min_size=1, max_size=3))
    return st.dictionaries(names, item | axis, max_size=3).map(
        lambda d: {f"{k}_" if is_axis else k: v for k, (is_axis, v) in d.items()}
    )


configs = st.recursive(with_axes(values), with_axes, max_leaves=4).filter(
    lambda config: len(all_of(config)) < 500
)


def all_of(config: Mapping[str, Any]) -> list[Any]:
    """What ``config`` stands for, by the definition."""
    keys = [key.removesuffix("_") for key in config]
    options = [
        [made for value in item for made in all_of_value(value)]
        if key.endswith("_")
        else all_of_value(item)
        for key, item in config.items()
    ]
    return [dict(zip(keys, chosen, strict=True)) for chosen in itertools.product(*options)]


def all_of_value(value: Any) -> list[Any]:
    return all_of(value) if isinstance(value, Mapping) else [value]


@given(configs)
def test_a_grid_is_the_product_in_document_order(config):
    before = copy.deepcopy(config)
    grid = expand_grid(config)
    made = [element.plain() for element in grid]
    assert repr(made) == repr(all_of(config))
    assert len(grid) == len(made)
    assert [grid[i].plain() for i in range(-len(grid), 0)] == made
    assert config == before


@given(configs, st.slices(10), st.integers(-12, 12))
def test_slices_are_grids(config, part, index):
    grid, listed = expand_grid(config), list(expand_grid(config))
    assert list(grid[part]) == listed[part]
    assert len(grid[part]) == len(listed[part])
    assert [grid[part].choices(i) for i in range(len(grid[part]))] == (
        [grid.choices(i) for i in range(len(grid))][part]
    )
    if not -len(listed) <= index < len(listed):
        with pytest.raises(IndexError):
            grid[index]


@given(configs)
def test_choices_are_the_varied_leaves(config):
    grid = expand_grid(config)
    for index, element in enumerate(grid):
        choices = grid.choices(index)
        assert {path: element.retrieve(path) for path in choices} == choices
        assert [path for path in grid.varied if path in choices] == sorted(
            choices, key=grid.varied.index
        )
    assert {p for i in range(len(grid)) for p in grid.choices(i)} == set(grid.varied)


@given(st.dictionaries(names, st.lists(scalars, min_size=1, max_size=4, unique_by=repr)))
def test_configs_differ_where_values_do(axes):
    grid = expand_grid({"a": {f"{name}_": items for name, items in axes.items()}})
    assert len({repr(element) for element in grid}) == len(grid)


def test_a_million_configs_cost_no_more_than_those_taken():
    grid = expand_grid({f"axis {i}_": list(range(10)) for i in range(18)})
    assert grid[10**15 :][5].plain() == {f"axis {i}": {2: 1, 17: 5}.get(i, 0) for i in range(18)}
    assert next(iter(grid)).plain() == dict.fromkeys(grid.varied, 0)


def test_lists_are_not_searched():
    grid = expand_grid({"layers": [{"width_": [1, 2]}], "sizes": [1, 2], "one_": [[3, 4]]})
    assert [c.plain() for c in grid] == [
        {"layers": [{"width_": [1, 2]}], "sizes": [1, 2], "one": [3, 4]}
    ]


def test_origins_are_kept():
    data = {
        "optimizer_": [{"name": "sgd", "lr_": [0.1, 0.2]}, "adam"],
        "(depth, model/width)_": [[1, 2]],
        "model": {"name": "net"},
        "extra if depth = 1": {"a": [5]},
    }
    config = expand_grid(with_lines(data))[1]
    lines = {path: config.origin(path) for path in ["optimizer", "optimizer/name", "optimizer/lr"]}
    lines |= {path: config.origin(path) for path in ["depth", "model/width", "model/name"]}
    lines |= {path: config.origin(path) for path in ["model", "extra", "extra/a/0", "elsewhere"]}
    assert lines == {
        "optimizer": "grid.yaml:3",
        "optimizer/name": "grid.yaml:4",
        "optimizer/lr": "grid.yaml:7",
        "depth": "grid.yaml:11",
        "model/width": "grid.yaml:12",
        "model/name": "grid.yaml:14",
        "model": "grid.yaml:13",
        "extra": "grid.yaml:15",
        "extra/a/0": "grid.yaml:17",
        "elsewhere": "grid.yaml:1",
    }
    assert config["optimizer"].origin("lr") == "grid.yaml:7"
    assert config.replace({"optimizer/lr": 1}, "later").origin("optimizer/lr") == "later"


def with_lines(data: Mapping[str, Any]) -> Config:
    """A config each of whose values stands in a line of its own."""
    lines = enumerate([(), *paths((), data)], start=1)
    joined = {join(path): Origin("grid.yaml", line) for line, path in lines}
    return Config(data, joined)


def paths(path: tuple[Any, ...], value: Any) -> list[tuple[Any, ...]]:
    if isinstance(value, Mapping):
        items = list(value.items())
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    return [p for key, item in items for p in [(*path, key), *paths((*path, key), item)]]


def join(path: tuple[Any, ...]) -> str:
    escaped = [str(part).replace("/", "\\/") for part in path]
    return escaped[0].replace(".", "\\.") if len(escaped) == 1 else "/".join(escaped)


WRONG: list[tuple[Mapping[str, Any], str]] = [
    (
        {"lr_": 0.1},
        "grid.yaml:2: lr_: a key that ends in '_' has a list of values, such as [1, 2], not 0.1",
    ),
    (
        {"a": {"lr_": {"b": 1}}},
        "grid.yaml:3: a/lr_: a key that ends in '_' has a list of values, such as [1, 2],"
        " not {b: 1}",
    ),
    ({"lr_": []}, "grid.yaml:2: lr_: the list of values is empty; write at least one"),
    ({"_": [1]}, "grid.yaml:2: _: '_' alone names no key; write one before it, such as lr_"),
    (
        {"lr": 1, "lr_": [1]},
        "grid.yaml:3: lr_: lr is set already (grid.yaml:2: lr); keep one of them",
    ),
    (
        {"lr_": [1, 2], "lr": 1},
        "grid.yaml:5: lr: lr is set already (grid.yaml:2: lr_); keep one of them",
    ),
    (
        {"a_": [{"b": 1, "b_": [2]}]},
        "grid.yaml:5: a_/0/b_: a/b is set already (grid.yaml:4: a_/0/b); keep one of them",
    ),
    (
        {"(a, b)_": [[1, 2], [3]]},
        "grid.yaml:6: (a, b)_/1: expected a list of 2 values for a, b, got [3]",
    ),
    ({"(a, b)_": [3]}, "grid.yaml:3: (a, b)_/0: expected a list of 2 values for a, b, got 3"),
    ({"()_": [[]]}, "grid.yaml:2: ()_: write different keys, such as (lr, momentum)_"),
    ({"(a,)_": [[1]]}, "grid.yaml:2: (a,)_: write different keys, such as (lr, momentum)_"),
    ({"(a, a)_": [[1, 2]]}, "grid.yaml:2: (a, a)_: write different keys, such as (lr, momentum)_"),
    (
        {"(a, b)_": [[1, 2]], "b": 1},
        "grid.yaml:6: b: b is set already (grid.yaml:2: (a, b)_); keep one of them",
    ),
    (
        {"(a, c/b)_": [[1, 2]], "c": {"b": 1}},
        "grid.yaml:7: c/b: c/b is set already (grid.yaml:2: (a, c/b)_); keep one of them",
    ),
    (
        {"(a, c/b)_": [[1, 2]], "c_": [{}]},
        "grid.yaml:2: (a, c/b)_: c/b can't be set, since c is no plain mapping here",
    ),
    (
        {"what, if anything": 1},
        "grid.yaml:2: what, if anything: the condition 'anything' can't be read; write a key"
        " and its value, such as 'optimizer/name = sgd', 'depth != 18', 'lr in [1, 2]'",
    ),
    (
        {"b": 1, "a if b <= 1": 1},
        "grid.yaml:3: a if b <= 1: the condition 'b <= 1' can't be read; write a key and its"
        " value, such as 'optimizer/name = sgd', 'depth != 18', 'lr in [1, 2]'",
    ),
    (
        {"b": 1, "a if b = 1 or b = 2": 1},
        "grid.yaml:3: a if b = 1 or b = 2: the condition is unclear; put '1 or b = 2' in quotes,"
        " or write a key and its value, such as 'optimizer/name = sgd', 'depth != 18',"
        " 'lr in [1, 2]'",
    ),
    (
        {"b": 1, "a if b in 1": 1},
        "grid.yaml:3: a if b in 1: behind 'in' stands a list, such as [1, 2], not 1",
    ),
    (
        {"b": 1, "a if b = {c: 1}": 1},
        "grid.yaml:3: a if b = {c: 1}: a condition compares with single values and lists of them",
    ),
    (
        {"optimizer": {"name": 1}, "a if optimizr/name = 1": 1},
        "grid.yaml:4: a if optimizr/name = 1: there is no key 'optimizr/name' here; did you mean"
        " 'optimizer/name'?",
    ),
    (
        {"o_": [{"a": 1}, {"b": 1, "c if o/a = 1": 1}]},
        "grid.yaml:7: o_/1/c if o/a = 1: there is no key 'o/a' here; did you mean 'o/b'?",
    ),
    (
        {"optimizer": {"name": 1}, "a if optimizer = 1": 1},
        "grid.yaml:4: a if optimizer = 1: optimizer is a mapping; name one of the keys in it",
    ),
    (
        {"a if b = 1": 1, "b_": [1, 2]},
        "grid.yaml:2: a if b = 1: b is decided only after this condition; write it above",
    ),
    (
        {"a_ if a = 1": [1, 2]},
        "grid.yaml:2: a_ if a = 1: a is decided only after this condition; write it above",
    ),
    (
        {"a": 1, "b if a = 1": 1, "b if a != 2": 2},
        "grid.yaml:4: b if a != 2: b is set already (grid.yaml:3: b if a = 1) where both"
        " conditions hold; make them exclude each other",
    ),
    (
        {"a": 1, "b": 1, "b if a = 1": 2},
        "grid.yaml:4: b if a = 1: b is set already (grid.yaml:3: b); keep one of them",
    ),
    (
        {"a": 1, "b_ if a = 1": [2], "b": 1},
        "grid.yaml:5: b: b is set already (grid.yaml:3: b_ if a = 1); keep one of them",
    ),
]

HUGE = {f"a{i}_": [0, 1] for i in range(64)}
WRONG.append(
    (HUGE, "the grid has 18446744073709551616 configs; no more than 2**63 - 1 can be counted")
)


@pytest.mark.parametrize(("data", "expected"), WRONG, ids=lambda x: str(x)[:40])
def test_what_cannot_be_expanded_is_refused(data, expected):
    with pytest.raises(ConfigError) as caught:
        expand_grid(with_lines(data))
    assert str(caught.value) == expected
