"""What can be set in a factory is told at every depth, and once."""

import functools
from dataclasses import dataclass

import pytest

from labwork.config.trees import (
    Escaped,
    explain,
    format_signature,
    ft,
    required,
    signature_tree,
    t,
)
from labwork.core import ConfigError, Node


def make_norm(num_features, /, eps=1e-5, *args, momentum=0.1, **settings):
    return num_features


class Network:
    def __init__(self, class_count, in_channels=3, norm_f=make_norm, last_f=make_norm, kind=float):
        pass


def endless(again_f=None, width=1):
    pass


endless.__defaults__ = (endless, 1)


def level(depth):
    """A chain of factories, each the default of the one before."""
    if depth == 0:
        return make_norm
    return functools.partial(lambda inner_f: 0, inner_f=level(depth - 1))


class Maker(Node):
    def __init__(self, lr):
        self.lr = lr

    def __call__(self, model):
        return model


MAKER, HEAD, CALLABLE = Maker(0.1), t(a=1), type("Callable", (), {"__call__": lambda self, a: a})()


@pytest.mark.parametrize(
    ("factory", "tree"),
    [
        (make_norm, t(eps=1e-5, momentum=0.1)),
        (
            Network,
            t(
                class_count=required,
                in_channels=3,
                norm_f=ft(make_norm, eps=1e-5, momentum=0.1),
                last_f=ft(make_norm),
                kind=ft(float),
            ),
        ),
        (endless, t(again_f=ft(endless), width=1)),
        (
            functools.partial(Network, 10, norm_f=functools.partial(make_norm, 8, eps=1, extra=2)),
            t(
                norm_f=ft(functools.partial(make_norm, 8), eps=1, momentum=0.1, extra=2),
                last_f=ft(make_norm),
                in_channels=3,
                kind=ft(float),
            ),
        ),
        (lambda a, b=len: 0, t(a=required, b=ft(len))),
        (lambda norm_f=None, call=max, head=HEAD: 0, t(norm_f=None, call=max, head=Escaped(HEAD))),
        (lambda make_f=MAKER: 0, t(make_f=MAKER)),
        (lambda act=CALLABLE, act_f=CALLABLE: 0, t(act=CALLABLE, act_f=ft(CALLABLE, a=required))),
        (dataclass(type("Point", (), {"__annotations__": {"x": int}, "y": 0})), t(x=required)),
    ],
)
def test_the_tree_holds_every_argument_that_can_be_set(factory, tree):
    assert signature_tree(factory) == tree


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_depth_is_bounded(depth):
    deepest = max(row.depth for row in explain(level(5), depth))
    assert deepest == depth + 2  # with what is bound to the first that isn't followed


def test_the_text_is_for_people():
    assert format_signature(Network) == (
        "Network\n"
        "  class_count   required\n"
        "  in_channels   3\n"
        "  norm_f        make_norm\n"
        "    eps           1e-05\n"
        "    momentum      0.1\n"
        "  last_f        make_norm\n"
        "  kind          float"
    )
    assert format_signature(lambda: 0) == "<lambda>"


@pytest.mark.parametrize("value", [5, None, dict])
def test_what_has_no_signature_is_refused(value):
    with pytest.raises(ConfigError, match="has no signature that could be explained"):
        signature_tree(value)
