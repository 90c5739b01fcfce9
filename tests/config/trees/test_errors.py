"""A tree that doesn't fit is an error where it is applied, with its path and what is right."""

import functools
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace

import pytest

from labwork.config.trees import Escaped, ft, it, ot, sit, sot, t, tree_partial
from labwork.core import ConfigError


def make_norm(size, eps=1e-5):
    raise AssertionError("a factory is never called where a tree is applied")


def make_conv(size, norm_f=make_norm):
    raise AssertionError


def make_block(conv_f=make_conv, norm_f=None, width=64):
    raise AssertionError


NARROW_BLOCK = functools.partial(make_block, width=32)


class Net:
    def __init__(self, block_f=NARROW_BLOCK, depth=18):
        raise AssertionError


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (t(detph=1), "Net has no argument 'detph'; did you mean 'depth'? It has block_f, depth."),
        (
            t(block_f=t(withd=1)),
            "Net.block_f (make_block) has no argument 'withd'; did you mean 'width'?"
            " It has conv_f, norm_f, width.",
        ),
        (
            t(block_f=t(conv_f=t(nrom_f=1))),
            "Net.block_f.conv_f (make_conv) has no argument 'nrom_f'; did you mean 'norm_f'?"
            " It has size, norm_f.",
        ),
        (
            t(block_f=t(conv_f=t(norm_f=t(esp=1)))),
            "Net.block_f.conv_f.norm_f (make_norm) has no argument 'esp'; did you mean 'eps'?"
            " It has size, eps.",
        ),
    ],
)
def test_an_unknown_argument_is_found_at_any_depth(tree, message):
    for apply in (tree.apply, lambda f: tree_partial(f, **tree.changes)):
        with pytest.raises(ConfigError) as caught:
            apply(Net)
        assert str(caught.value) == message


@dataclass(frozen=True)
class Options:
    lr: float = 0.1

    def __post_init__(self):
        if self.lr < 0:
            raise ValueError("lr is negative")


def by_position(size, /, eps=1):
    return size, eps


@pytest.mark.parametrize(
    ("tree", "target", "message"),
    [
        # No factory
        (t(eps=1), None, "NoneType is None, no factory that t(eps=1) could edit; write ft(factory"),
        (t(), 5, "int is 5, no factory that t() could edit; write ft(factory, ...) or a whole"),
        (t(depth=t(a=1)), Net, "Net.depth is 18, no factory that t(a=1) could edit; write ft("),
        (t(block_f=t(norm_f=t(eps=1))), Net, "Net.block_f.norm_f is None, no factory that t(eps=1"),
        (
            t(size=t(a=1)),
            make_norm,
            "make_norm.size has no default that t(a=1) could edit; write f",
        ),
        (
            t(size=ot(a=1)),
            make_norm,
            "make_norm.size has no default that ot(a=1) could update; wri",
        ),
        (t(end=t(a=1)), max, "max.end has no default that t(a=1) could edit; write ft(factory"),
        # No such argument
        (t(block_f=ft(make_norm, width=1)), Net, "Net.block_f (make_norm) has no argument 'width'"),
        (t(size=1), by_position, "by_position takes 'size' by position only, not by name"),
        (t(a=1), lambda: 0, "<lambda> has no argument 'a'; It has none that can be set."),
        (
            t(size=1),
            functools.partial(make_norm, 2),
            "make_norm has no argument 'size'; It has eps",
        ),
        (t(a=1), functools.partial(lambda a, **kw: 0, 2), "<lambda> can't be called as partial("),
        (
            t(eps=1),
            functools.partial(make_norm, epps=2),
            "make_norm can't be called as partial(mak",
        ),
        # Objects
        (sot(rl=1), Options(), "Options has no attribute 'rl'; did you mean 'lr'? It has lr."),
        (
            ot(a=sot(rl=1)),
            SimpleNamespace(a=Options()),
            "SimpleNamespace.a (Options) has no attrib",
        ),
        (
            ot(rl=1),
            Options(),
            "Options is Options(lr=0.1), of which ot(rl=1) can't make an updated",
        ),
        (ot(lr=-1), Options(), "Options is Options(lr=0.1), of which ot(lr=-1) can't make an upda"),
        (ot(a=ot(b=1)), Options(), "Options.a has no default that ot(b=1) could update; write a w"),
        (ot(a=1), 5, "int is 5, of which ot(a=1) can't make an updated copy: int is no kind of ob"),
        (ot(a=1), Net, "Net is Net, of which ot(a=1) can't make an updated copy: type is no kind"),
        (ot(a=1), [], "list is [], of which ot(a=1) can't make an updated copy: 'list' object has"),
        # Items
        (it({2: 1}), [0, 0], "list has no index 2; its length is 2"),
        (it({0: it({-2: 1})}), [(0,)], "list[0] (tuple) has no index -2; its length is 1"),
        (it(a=1), [], "list is indexed by whole numbers, not by 'a'"),
        (sit(ab=1), {"ac": 0, 1: 0}, "dict has no key 'ab'; did you mean 'ac'? It has ac, 1."),
        (it(a=sit(b=1)), {"a": {}}, "dict['a'] (dict) has no key 'b'; It has none that can be set"),
        (it(a=it(b=1)), {}, "dict['a'] has no default that it({'b': 1}) could update; write a who"),
        (it(a=1), "abc", "str is 'abc', no list, tuple or mutable mapping that it({'a': 1}) could"),
        (it(a=1), MappingProxyType({}), "mappingproxy is mappingproxy({}), no list, tuple or muta"),
        (it(a=1), Net, "Net is Net, no list, tuple or mutable mapping that it({'a': 1}) could upd"),
        # Trees
        (t(a=1), ot(a=1), "ObjectUpdaTree: t(a=1) and ot(a=1) change different kinds of things"),
        (t(a=it()), t(a=ot()), "ArgTree.a: it() and ot() change different kinds of things"),
        (t(a=t(b=1)), t(a=None), "ArgTree.a is None, no factory that t(b=1) could edit; write ft("),
    ],
)
def test_what_does_not_fit_is_told(tree, target, message):
    with pytest.raises(ConfigError) as caught:
        tree.apply(target)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_what_is_no_factory_is_refused():
    with pytest.raises(ConfigError, match="5 is none"):
        tree_partial(5)
    with pytest.raises(ConfigError, match="'Net' is none"):
        ft("Net")
    with pytest.raises(ConfigError, match="too many positional arguments"):
        tree_partial(make_norm, 1, 2, 3)


@pytest.mark.parametrize(
    "double",
    [
        lambda x: t(a=x, b=x),
        lambda x: it({0: [x, (x,)]}),
        lambda x: Escaped({0: x, 1: x}),
        lambda x: ot(a=functools.partial(dict, x, a=x)),
    ],
)
def test_a_tree_that_a_few_words_make_endless_is_refused(double):
    with pytest.raises(ConfigError, match="more than 100,000 trees and containers"):
        functools.reduce(lambda tree, _: double(tree), range(40), t())


def test_a_tree_is_immutable():
    tree = t(a=1)
    with pytest.raises(AttributeError, match="can't be changed"):
        tree.a = 2
    with pytest.raises(AttributeError, match="can't be changed"):
        del tree._changes
    with pytest.raises(TypeError):
        tree.changes["a"] = 2
