"""A config is immutable, and a changed one shares what didn't change."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.files import Config, Origin, flatten, leaf_names, retrieve, set_value
from labwork.core import ConfigError

keys = st.text("abc1/.\\", min_size=1, max_size=3)
plain = st.recursive(
    st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
trees = st.dictionaries(keys, plain, min_size=1, max_size=3)


@given(trees, st.data())
def test_replacing_is_setting_in_a_copy(tree, data):
    config = Config(tree)
    before = copy.deepcopy(tree)
    paths = st.sampled_from([path for path in leaf_names(tree) if path])
    values = data.draw(st.dictionaries(paths, plain, max_size=3))
    changed = config.replace(values, "grid")
    for path, value in values.items():
        set_value(tree, path, copy.deepcopy(value))
        assert changed.origin(path) == "grid"
    assert changed == tree
    assert config == before


@given(trees)
def test_a_config_reads_as_its_data(tree):
    config = Config(tree)
    assert config == tree
    assert config.plain() == tree
    assert dict(config) == tree
    assert flatten(config) == flatten(tree)
    assert all(config.retrieve(path) == retrieve(tree, path) for path in leaf_names(tree))


def test_nothing_that_comes_out_changes_it():
    data: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}}
    config = Config(data)
    data["a"]["b"].append(3)
    config["a"]["b"].append(3)
    config.retrieve("a/b").append(3)
    config.plain()["a"]["b"].append(3)
    assert config == {"a": {"b": [1, {"c": 2}]}}
    assert isinstance(config["a"], Config)
    with pytest.raises(TypeError, match="does not support item assignment"):
        config["a"] = 1  # type: ignore[index]


def test_values_that_are_handed_in_are_copied():
    value = [1]
    config = Config({"a": 0}).replace({"a": value}, "grid")
    value.append(2)
    assert config == {"a": [1]}


def test_origins_follow_what_is_replaced():
    config = Config(
        {"a": {"b": {"c": 1, "d": 2}}, "l": [1, 2]},
        {"a": Origin("x.yaml", 1), "a/b/c": Origin("x.yaml", 3), "l/1": "somewhere"},
    )
    one = config.replace({"a/b/c": 5}, "grid")
    two = one.replace({"a/b": {"c": 6, "e": 7}}, "second")
    three = two["a"].replace({"b/e": 8}, "third")
    origins = [config.origin("a/b/c"), one.origin("a/b/c"), one.origin("a/b/d")]
    assert origins == ["x.yaml:3", "grid", "x.yaml:1"]
    assert [two.origin("a/b/c"), two.origin("a/b/e"), two.origin("a")] == ["second"] * 2 + [
        "x.yaml:1"
    ]
    assert [three.origin("b/c"), three.origin("b/e"), three.plain()["b"]["e"]] == [
        "second",
        "third",
        8,
    ]
    assert [config.origin("l/0"), config.origin("l/1"), config.origin("no")] == [
        "default",
        "somewhere",
        "default",
    ]


def test_values_of_one_call_are_set_in_order():
    config = Config({"a": {"b": 1}})
    assert config.replace({"a/b": 2, "a": {"c": 3}, "a/d": 4}, "g") == {"a": {"c": 3, "d": 4}}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a/b", r"^a/b can't be set: a \(x.yaml:1\) is no mapping$"),
        ("l/2", r"^l/2 can't be set: l \(default\) is a list of 2$"),
        ("", "^the empty path names no value"),
    ],
)
def test_what_cannot_be_replaced(path, message):
    with pytest.raises(ConfigError, match=message):
        Config({"a": 1, "l": [1, 2]}, {"a": Origin("x.yaml", 1)}).replace({path: 1}, "g")


def test_defaults():
    config = Config({"a": None})
    assert config.retrieve("a", 5) is None
    assert config.retrieve("b/c", 5) == 5
    assert config.retrieve("") == config
    assert Config({"a": 1}) != {"a": 2}
    assert Config({"a": {"b": 1}}) == Config({"a": Config({"b": 1})})
