"""What applying a tree does, as laws over kinds of factories and kinds of trees."""

import functools
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.trees import (
    Escaped,
    ft,
    it,
    ot,
    required,
    signature_tree,
    sit,
    sot,
    t,
    tree_partial,
)
from labwork.core import ConfigError, Node


@dataclass(frozen=True)
class Options:
    lr: float = 0.1
    decay: float = 0.5


OPTIONS, SIZES, TABLE = Options(), [1, 2, 3], {"a": 1, "b": {}}


def make_norm(size=1, eps=0.5):
    return {"size": size, "eps": eps}


def make_other_norm(size=2, eps=0.25):
    return {"other": True, "size": size, "eps": eps}


def make_block(width=64, norm_f=make_norm):
    return {"width": width, "norm": norm_f and norm_f()}


def make_net(depth=18, *, block_f=make_block, options=OPTIONS, sizes=SIZES, table=TABLE):
    return depth, block_f and block_f(), options, sizes, table


class Net:
    def __init__(self, depth=18, block_f=make_block, options=OPTIONS, sizes=SIZES, table=TABLE):
        self.made = make_net(depth, block_f=block_f, options=options, sizes=sizes, table=table)

    def __eq__(self, other):
        return self.made == other.made


@dataclass
class NetOfFields:
    depth: int = 18
    block_f: Any = lambda width=64, norm_f=make_norm: make_block(width, norm_f)
    options: Any = field(default_factory=Options)
    sizes: Any = field(default_factory=SIZES.copy)
    table: Any = field(default_factory=TABLE.copy)

    def __post_init__(self):
        self.block_f = self.block_f and self.block_f()


class CallableNet:
    def __call__(self, depth=1, *, block_f=make_block, options=OPTIONS, sizes=SIZES, table=TABLE):
        return make_net(depth, block_f=block_f, options=options, sizes=sizes, table=table)


FACTORIES = {
    "function": make_net,
    "class": Net,
    "partial": functools.partial(make_net, depth=34),
    "nested partial": functools.partial(
        make_net, block_f=functools.partial(make_block, norm_f=functools.partial(make_norm, eps=1))
    ),
    "lambda": lambda depth=1, block_f=make_block, options=OPTIONS, sizes=SIZES, table=TABLE: (
        make_net(depth, block_f=block_f, options=options, sizes=sizes, table=table)
    ),
    "callable object": CallableNet(),
    "dataclass": NetOfFields,
}
EDITED = sorted(FACTORIES)

numbers = st.integers(-3, 3)


def some(make, **arguments):
    """Trees that set some of the arguments."""
    return st.fixed_dictionaries({}, optional=arguments).map(lambda given: make(**given))


norms = st.one_of(
    some(t, size=numbers, eps=numbers),
    some(functools.partial(ft, make_other_norm), size=numbers, eps=numbers),
    some(functools.partial(ft, functools.partial(make_norm, size=9)), eps=numbers),
    some(ft, eps=numbers),
    st.sampled_from([make_norm, None]),
)
blocks = st.one_of(
    some(t, width=numbers, norm_f=norms),
    some(functools.partial(ft, make_block), width=numbers, norm_f=norms),
    st.just(make_block),
)
nets = st.one_of(
    some(
        make,
        depth=numbers | st.just(required) | numbers.map(Escaped),
        block_f=blocks,
        options=some(ot, lr=numbers, decay=numbers) | some(ot, lr=numbers) | st.just(Options(lr=7)),
        sizes=st.dictionaries(st.integers(0, 2), numbers).map(it) | st.just((4, 5, 6)),
        table=st.dictionaries(st.sampled_from(["a", "b", 0]), numbers).map(it),
    )
    for make in (t, ft)
)


def applied(tree, factory):
    """The factory, or None where the tree doesn't fit it."""
    try:
        return tree.apply(factory)
    except ConfigError:
        return None


def looks(factory):
    """All that a factory holds, at any depth."""
    return repr(signature_tree(factory)), getattr(factory, "keywords", None) and repr(factory)


@pytest.mark.parametrize("name", EDITED)
def test_every_kind_of_tree_edits_every_kind_of_factory(name):
    norm = ft(make_other_norm, eps=3)
    block = t(width=2, norm_f=norm)
    tree = t(depth=1, block_f=block, options=ot(lr=4), sizes=it({0: 5}), table=sit(a=6))
    assert tree.apply(FACTORIES[name])() == FACTORIES[name](
        depth=1,
        block_f=lambda: make_block(2, lambda: make_other_norm(eps=3)),
        options=Options(lr=4),
        sizes=[5, 2, 3],
        table={"a": 6, "b": {}},
    )


@pytest.mark.parametrize("name", EDITED)
@given(tree=nets)
def test_applying_never_changes_the_original(name, tree):
    factory = FACTORIES[name]
    before, made, printed = looks(factory), factory(), repr(tree)
    applied(tree, factory)
    assert (looks(factory), factory(), repr(tree)) == (before, made, printed)


@pytest.mark.parametrize("name", EDITED)
@given(first=nets, second=nets)
def test_a_merged_tree_does_what_both_do_one_after_the_other(name, first, second):
    one = applied(first, FACTORIES[name])
    both = one and applied(second, one)
    if both:
        assert (first | second).apply(FACTORIES[name])() == both()
        assert second.apply(first) == first | second


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        (t(a=1, b=1), t(a=2), t(a=2, b=1)),
        (t(a=1), t(a=required), t(a=1)),
        (t(a=required), t(a=t(b=1)), t(a=t(b=1))),
        (t(a=t(b=1)), t(a=t(c=2)), t(a=t(b=1, c=2))),
        (t(a=make_norm), t(a=t(eps=2)), t(a=functools.partial(make_norm, eps=2))),
        (t(a=Escaped(t(b=1))), t(a=t(c=2)), t(a=Escaped(t(b=1, c=2)))),
        (t(a=1), ft(make_norm, b=2), ft(make_norm, b=2)),
        (ft(make_norm, a=1), t(b=2), ft(make_norm, a=1, b=2)),
        (ft(make_norm, a=1), ft(b=2), ft(make_norm, a=1, b=2)),
        (t(a=1), ft(b=2), ft(a=1, b=2)),
        (ot(a=ot(b=1)), sot(a=ot(c=2)), sot(a=ot(b=1, c=2))),
        (sit({0: 1, 1: 1}), it({0: 2}), sit({0: 2, 1: 1})),
    ],
)
def test_merging(first, second, merged):
    assert first | second == merged
    assert second.apply(first) == merged


@given(first=nets, second=nets, third=nets)
def test_merging_is_associative(first, second, third):
    try:
        left, right = (first | second) | third, first | (second | third)
    except ConfigError:
        return
    assert left.apply(make_net)() == right.apply(make_net)()


@pytest.mark.parametrize("name", EDITED)
@pytest.mark.parametrize("empty", [t(), ft(), t(block_f=t(norm_f=ft())), t(depth=required)])
def test_empty_trees_change_nothing(name, empty):
    assert empty.apply(FACTORIES[name])() == FACTORIES[name]()
    assert t().apply(FACTORIES[name]) is FACTORIES[name]
    assert tree_partial(FACTORIES[name])() == FACTORIES[name]()


@pytest.mark.parametrize("name", EDITED)
def test_the_signature_tree_changes_nothing(name):
    assert signature_tree(FACTORIES[name]).apply(FACTORIES[name])() == FACTORIES[name]()


def test_swallows():
    flocks = []

    def make_swallow(name, type="european"):
        return f"{type} {name}"

    def make_flock(size, load=None, swallow_f=make_swallow):
        flocks.append((size, load, swallow_f("bird")))

    def eu(n, flock_f=make_flock):
        flock_f(n)

    au = tree_partial(eu, flock_f=t(load="coconut", swallow_f=t(type="african")))
    au(2)
    eu(3)
    assert flocks == [(2, "coconut", "african bird"), (3, None, "european bird")]


def test_a_tree_gives_a_plain_partial():
    edited = t(block_f=t(width=1)).apply(functools.partial(make_net, depth=5))
    assert (type(edited), edited.func, edited.keywords["depth"]) == (functools.partial, make_net, 5)
    assert edited.keywords["block_f"].keywords == {"width": 1}


def test_positional_arguments_are_edited_too():
    def outer(depth, block_f=make_block, *rest):
        return depth, block_f(), rest

    assert tree_partial(outer, 1, t(width=2), Escaped(t()))() == (1, make_block(2), (t(),))


def test_a_function_with_any_keywords_takes_any_name():
    assert tree_partial(lambda **kw: kw, self=1, f=2, function=3)() == {
        "self": 1,
        "f": 2,
        "function": 3,
    }
    assert t(a=1, b=2).apply(dict)() == {"a": 1, "b": 2}


HEAD = t(depth=1, width=2)


def test_a_default_that_is_a_tree_is_merged_with():
    def trained(head=HEAD):
        return head

    assert tree_partial(trained, head=t(depth=3))() == t(depth=3, width=2)
    assert tree_partial(trained, head=Escaped(t(depth=3)))() == t(depth=3)


def test_the_outermost_of_several_partials_counts():
    inner = functools.partial(make_block, norm_f=make_other_norm)
    inner.note = "Python doesn't merge a partial function that has attributes"
    outer = functools.partial(inner, norm_f=make_norm)
    assert t(norm_f=t(eps=3)).apply(outer)() == make_block(norm_f=lambda: make_norm(eps=3))


def test_a_keyword_bound_outside_of_the_signature_is_a_default_too():
    flexible = functools.partial(lambda **kw: kw["norm_f"](), norm_f=make_norm)
    assert t(norm_f=t(eps=3)).apply(flexible)() == make_norm(eps=3)


class Maker(Node):
    def __init__(self, kind, *, lr=0.1, **settings):
        self.lr, self.settings = lr, settings

    def __call__(self, model):
        return model


def test_a_node_is_made_anew():
    maker = Maker("sgd", momentum=0.9)
    assert repr(t(lr=1, momentum=0).apply(maker)) == "Maker(kind='sgd', lr=1, momentum=0)"
    assert repr(maker) == "Maker(kind='sgd', momentum=0.9)"
