"""Trees come back from source text, pickle, copies, plain data and YAML as they were."""

import copy
import functools
import math
import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.trees import (
    ArgTree,
    Escaped,
    from_plain,
    ft,
    it,
    ot,
    required,
    sit,
    sot,
    t,
    to_plain,
)
from labwork.core import ConfigError


def make_norm(size=1):
    return size


class Net:
    class Block:
        pass


SCOPE = {
    **{tree.alias: tree for tree in (t, ft, ot, sot, it, sit)},
    "Escaped": Escaped,
    "required": required,
    "partial": functools.partial,
    "make_norm": make_norm,
    "Net": Net,
    "len": len,
    "inf": math.inf,
    "nan": math.nan,
}
FUNCTIONS = {"make_norm": make_norm, "Net": Net, "Net.Block": Net.Block, "len": len}

LIGATURE = {"\ufb01": 1}  # Python would take the name for fi

texts = st.text(max_size=4) | st.sampled_from(
    ["$a", "$$a", "$t", "$f", "=a", "==", "self", "class"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
leaves = scalars | st.sampled_from([*FUNCTIONS.values(), required])
keys = texts | st.integers() | st.booleans() | st.tuples(st.integers(), texts)


names = texts.filter(lambda name: not name.startswith("_"))


def containers(items):
    by_name = st.dictionaries(names, items, max_size=3)
    by_key = st.dictionaries(keys, items, max_size=3)
    return st.one_of(
        by_name.map(lambda given: t(**given)),
        st.builds(
            lambda f, given: ft(f, **given), st.sampled_from([None, *FUNCTIONS.values()]), by_name
        ),
        by_name.map(lambda given: ot(**given)),
        by_name.map(lambda given: sot(**given)),
        by_key.map(it),
        by_key.map(sit),
        items.map(Escaped),
        by_key,
        st.lists(items, max_size=2),
        st.lists(items, max_size=2).map(tuple),
    )


values = st.recursive(leaves, containers, max_leaves=12)
trees = containers(values)


def name_of(value):
    names = {id(item): name for name, item in FUNCTIONS.items()}
    return names.get(id(value), "required")


def look_up(name):
    return required if name == "required" else FUNCTIONS[name]


@given(trees)
def test_repr_is_the_source(value):
    assert t(a=eval(repr(t(a=value)), SCOPE)) == t(a=t(a=value))


@given(trees)
def test_copies_and_pickles_are_equal(value):
    tree = t(a=value)
    for again in (copy.copy(tree), copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert again == tree
        assert hash(again) == hash(tree)
        assert repr(again) == repr(tree)


@given(trees)
def test_plain_data_and_yaml_hold_every_tree(value):
    plain = to_plain(value, name_of)
    from_yaml = yaml.safe_load(yaml.safe_dump(plain, sort_keys=False))
    for data in (plain, from_yaml):
        again = from_plain(data, look_up)
        assert Escaped(again) == Escaped(value)
        assert repr(again) == repr(value)  # tells 1 from True


@given(trees, trees)
def test_equality_is_by_kind_and_content(first, second):
    assert (Escaped(first) == Escaped(second)) == (Escaped(second) == Escaped(first))
    assert t(a=first) != ft(a=first)
    assert ot(a=first) != sot(a=first)
    assert t(a=first) != t(b=first)


class Array:
    """Compares as arrays do."""

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise ValueError("the truth value is ambiguous")

    __hash__ = None


def test_what_does_not_compare_is_equal_to_itself_only():
    array = Array()
    assert t(a=[array]) == t(a=[array])
    assert t(a=array) != t(a=Array())
    assert t(a=float("nan")) == t(a=float("nan")) != t(a=0.0)


def test_partial_functions_are_equal_by_what_they_do():
    def partial(size):
        return functools.partial(make_norm, size=size)

    assert (
        t(norm_f=partial(1))
        == t(norm_f=partial(1))
        == pickle.loads(pickle.dumps(t(norm_f=partial(1))))
    )
    assert t(norm_f=partial(1)) != t(norm_f=partial(2))
    assert eval(repr(t(norm_f=[partial(1)])), SCOPE) == t(norm_f=[partial(1)])


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (t(depth=18, block_f=t(norm_f=None)), "t(depth=18, block_f=t(norm_f=None))"),
        (ft(Net, depth=18), "ft(Net, depth=18)"),
        (sot(lr=0.1), "sot(lr=0.1)"),
        (it({0: 1}), "it({0: 1})"),
        (it(), "it()"),
        (sit(a=ot(b=Escaped(t()))), "sit({'a': ot(b=Escaped(t()))})"),
        (t(**{"class": 1, "a": Net.Block}), "t(a=Net.Block, **{'class': 1})"),
        (t(**LIGATURE), "t(**{'\ufb01': 1})"),
        (
            t(first="x" * 40, second=t(third="y" * 60, fourth=1)),
            "t(\n    first='" + "x" * 40 + "',\n    second=t(\n        third='" + "y" * 60 + "',\n"
            "        fourth=1,\n    ),\n)",
        ),
    ],
)
def test_a_tree_prints_as_people_would_write_it(tree, text):
    assert repr(tree) == text


def test_a_subclass_prints_with_its_own_name():
    class MyTree(ArgTree):
        """A kind of somebody else's."""

    assert repr(MyTree(a=1)).endswith("MyTree(a=1)")
    with pytest.raises(ConfigError, match="no plain form"):
        to_plain(MyTree(a=1))


@pytest.mark.parametrize(
    ("tree", "plain"),
    [
        (t(a=t(b=1)), {"a": {"b": 1}}),
        (ft(len, a=1), {"$ft": {"$f": "=len", "a": 1}}),
        (t(a=ot(b=1), c=sot()), {"a": {"$ot": {"b": 1}}, "c": {"$sot": {}}}),
        (it({0: 1}), {"$it": [[0, 1]]}),
        (sit(a=t()), {"$sit": {"a": {}}}),
        (Escaped(t(a=1)), {"$escaped": {"a": 1}}),
        (t(a={"b": {"c": 1}}), {"a": {"$value": {"b": {"c": 1}}}}),
        (t(a={"b": t(c=1)}), {"a": {"$value": {"b": {"$t": {"c": 1}}}}}),
        (t(a=[{"b": (1, 2)}]), {"a": [{"$value": {"b": {"$tuple": [1, 2]}}}]}),
        (t(a={"b": ({"c": 1},)}), {"a": {"$value": {"b": {"$tuple": [{"c": 1}]}}}}),
        (t(a={1: 2}), {"a": {"$value": [[1, 2]]}}),
        (t(**{"a": "=b", "$c": "$d"}), {"a": "==b", "$$c": "$d"}),
    ],
)
def test_the_plain_form_is_what_the_documentation_says(tree, plain):
    assert to_plain(tree) == plain
    assert from_plain(plain, {"len": len}.__getitem__) == tree


def test_people_may_write_numbers_as_keys():
    assert from_plain(yaml.safe_load("{$it: {0: {lr: 1}}}")) == it({0: t(lr=1)})


@pytest.mark.parametrize("value", [lambda: 0, functools.partial(lambda: 0), object()])
def test_what_has_no_name_is_refused(value):
    with pytest.raises(ConfigError, match="has no name that plain data could give it"):
        to_plain(t(a=value))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": {"$fx": {}}}, "a/$fx: unknown mark '$fx'; did you mean '$ft'? Known: $escaped, $ft"),
        ({"a": {"$ot": {}, "b": 1}}, "a/$ot: the mark '$ot' has to be the only key of its mapping"),
        ({"a": {"$ot": [1]}}, "a/$ot: [1] is no mapping"),
        ({"a": {"$ft": 1}}, "a/$ft: 1 is no mapping"),
        ({"a": {"$ft": {"$f": 1}}}, "a/$ft/$f: 1 is no factory"),
        ({"a": {"$ft": {"$g": 1}}}, "a/$ft/$g: the name '$g' is written '$$g'"),
        ({"a": [{"$it": 1}]}, "a/0/$it: 1 is neither a mapping nor a list of pairs"),
        ({"a": {"$it": [[1]]}}, "a/$it: [[1]] is neither a mapping nor a list of pairs"),
        ({"a": {"$value": [[[], 1]]}}, "a/$value: a key that is no key of a dict: unhashable"),
        ({"a": {"$tuple": 1}}, "a/$tuple: 1 is no list"),
        ({"a": {1: 2}}, "a/1: 1 is no name of an argument or an attribute"),
        ({"a": {"_b": 2}}, "a/_b: the name '_b' starts with an underscore"),
        (
            {"a": {"$ot": {"__class__": 2}}},
            "a/$ot/__class__: the name '__class__' starts with an und",
        ),
        ({"a": {"$ft": {"__self__": 2}}}, "a/$ft/__self__: the name '__self__' starts with an und"),
        ({"a": {"$ot": {1: 2}}}, "a/$ot/1: 1 is no name of an argument or an attribute"),
        ({"a": {"b": {1}}}, "a/b: {1} is no plain data"),
        ({"a": "=b"}, "a: there is nothing of the name '=b'"),
    ],
)
def test_malformed_data_is_told_with_its_path(data, message):
    with pytest.raises(ConfigError) as caught:
        from_plain(data, {}.__getitem__)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("tree", [t(_a=1), ft(None, _a=1), ot(_a=1), t(b=sot(_a=1))])
def test_private_names_have_no_plain_form(tree):
    with pytest.raises(ConfigError, match="the name '_a' starts with an underscore, in "):
        to_plain(tree)


def test_names_need_a_look_up():
    with pytest.raises(ConfigError, match="a: '=len' is a name, and names can't be looked up"):
        from_plain({"a": "=len"})
