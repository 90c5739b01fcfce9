"""Key paths read and change nested dicts and lists, and flat trees are trees."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.files import (
    Config,
    contains_key,
    differences,
    flatten,
    join_path,
    leaf_names,
    lod2dol,
    pop_keypath,
    retrieve,
    set_default,
    set_value,
    split_path,
    unflatten,
    walk,
)
from labwork.core import ConfigError

texts = st.text(min_size=1, max_size=4) | st.text("01-a/.\\~", min_size=1, max_size=4)
keys = texts | st.integers(max_value=-1)
leaves = st.integers() | st.none() | st.text(max_size=3)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
).filter(lambda tree: not has_twins(tree))


def has_twins(tree: object) -> bool:
    """Whether there are keys such as -1 and "-1" side by side, which paths can't tell apart."""
    if isinstance(tree, list):
        return any(map(has_twins, tree))
    if not isinstance(tree, dict):
        return False
    return len({str(key) for key in tree}) < len(tree) or any(map(has_twins, tree.values()))


@given(st.lists(texts, min_size=1, max_size=4))
def test_joined_paths_split_into_their_parts(parts):
    assert split_path(join_path(parts)) == tuple(parts)


@given(trees)
def test_unflatten_is_the_inverse_of_flatten(tree):
    flat = flatten(tree)
    assert unflatten(flat) == tree
    assert list(flat) == leaf_names(tree)
    assert all(retrieve(tree, path) == leaf for path, leaf in flat.items())


@given(trees)
def test_walk_makes_a_new_tree(tree):
    before = copy.deepcopy(tree)
    assert walk(walk(tree, lambda leaf: (leaf,)), lambda leaf: leaf[0]) == tree == before


@given(st.dictionaries(texts, trees, min_size=1, max_size=3), st.data(), trees)
def test_what_is_set_is_found_until_it_is_popped(tree, data, value):
    path = data.draw(st.sampled_from(leaf_names(tree)))
    set_value(tree, path, value)
    assert retrieve(tree, path) == value
    assert set_default(tree, path, "other") == value
    assert contains_key(tree, path)
    before = copy.deepcopy(tree)
    assert pop_keypath(tree, path) == value
    assert tree != before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/0", {"a": [9, 2], "b": {"c": {"d": 1}}, "e": 2}),
        ("a/4", {"a": [1, 2, None, None, 9], "b": {"c": {"d": 1}}, "e": 2}),
        ("b/f", {"a": [1, 2], "b": {"c": {"d": 1}, "f": 9}, "e": 2}),
        ("b.c.x.y", {"a": [1, 2], "b": {"c": {"d": 1, "x": {"y": 9}}}, "e": 2}),
        ("g/1/h", {"a": [1, 2], "b": {"c": {"d": 1}}, "e": 2, "g": [None, {"h": 9}]}),
        ("a/3/h", {"a": [1, 2, None, {"h": 9}], "b": {"c": {"d": 1}}, "e": 2}),
    ],
)
def test_set_value(path, expected):
    tree = {"a": [1, 2], "b": {"c": {"d": 1}}, "e": 2}
    set_value(tree, path, 9)
    assert tree == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("e/f", "e/f can't be set: e is 2, no mapping"),
        ("a/x", "a/x can't be set: a is a list of 2"),
        ("a/-1", "a/-1 can't be set: a is a list of 2"),
        ("a/20000", "no more than 10000 are made at once"),
        ("", "the empty path names the whole tree"),
        ("a//b", "has an empty part"),
    ],
)
def test_what_cannot_be_set(path, message):
    with pytest.raises(ConfigError, match=message):
        set_value({"a": [1, 2], "e": 2}, path, 9)


def test_callable_leaves_are_called_only_when_asked_and_not_stored():
    calls = []

    def late():
        calls.append(1)
        return {"b": lambda: [7]}

    tree = {"a": late}
    assert retrieve(tree, "a") is late
    assert not contains_key(tree, "a/b/0")
    assert retrieve(tree, "a/b/0", expand=True) == 7
    assert contains_key(tree, "a/b/0", expand=True)
    assert retrieve(tree, "a/c", default=None, expand=True) is None
    assert tree == {"a": late}
    assert len(calls) == 3


@pytest.mark.parametrize("path", ["a/x", "a/2", "a/-1", "b", "a/0/c"])
def test_defaults(path):
    tree = {"a": [{"b": 1}, 2]}
    assert retrieve(tree, path, default="d") == "d"
    assert pop_keypath(tree, path, default="d") == "d"
    for function in (retrieve, pop_keypath):
        with pytest.raises(ConfigError, match=f"there is no key '{path}'"):
            function(tree, path)


def test_pop_from_a_list():
    tree = {"a": [1, 2, 3]}
    assert pop_keypath(tree, "a/1") == 2
    assert tree == {"a": [1, 3]}


def test_strings_come_before_integers():
    assert retrieve({"1": "text", 1: "number"}, "1") == "text"
    assert retrieve({1: "number"}, "1") == "number"


@pytest.mark.parametrize("paths", [["a", "a/b"], ["a/b", "a"], ["a/b", "a.b"], ["", "a"]])
def test_leaves_in_one_place_are_not_merged(paths):
    with pytest.raises(ConfigError):
        unflatten(dict.fromkeys(paths, 1))


@pytest.mark.parametrize("tree", [{"": 1}, {"a": {1.5: 2}}, {True: 1}])
def test_keys_that_no_path_can_name(tree):
    with pytest.raises(ConfigError, match="can't stand in a key path"):
        flatten(tree)


def test_records_with_different_keys():
    assert lod2dol([]) == {}
    with pytest.raises(ConfigError, match="records 0 and 2 differ in their keys: 'b'"):
        lod2dol([{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": 3}])


@given(trees, trees)
def test_nothing_differs_from_itself_and_differences_are_symmetric(one, other):
    assert differences(one, copy.deepcopy(one)) == []
    there, back = differences(one, other), differences(other, one)
    assert sorted(map(repr, there)) == sorted(repr((p, old, new)) for p, new, old in back)
    assert (there == []) == (one == other)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, [("a/b", 1, 3)]),
        ({"a": {"b": 1}}, {"a": 5}, [("a", {"b": 1}, 5)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a", [1, 2], [1, 3])]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": float("nan")}, {"a": float("nan")}, []),
        (Config({"a": {"b": 1}}), {"a": {"b": 2}}, [("a/b", 1, 2)]),
    ],
)
def test_differences_are_of_leaves(old, new, found):
    assert differences(old, new) == found
    assert differences(old, new, ignored=["a"]) == []


@pytest.mark.parametrize("value", [None, "nothing", {}, [], 0, False])
def test_a_missing_leaf_differs_from_every_value(value):
    assert [path for path, _, _ in differences({"a": value}, {})] == ["a"]
    assert [path for path, _, _ in differences({}, {"a": value})] == ["a"]
