"""Modules of modules, functions as modules, parameters, and what a network costs."""

import pytest
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.nn import (
    Concat,
    Fork,
    Func,
    Module,
    Parallel,
    Restruct,
    Seq,
    Split,
    Sum,
    freeze,
    hooked,
    is_built,
    parameter_count,
    summary,
    try_get_module_name_from_call_stack,
    unfreeze,
)


def test_split_then_concat_and_fork_then_sum():
    x = torch.rand(2, 8, 3, 3)
    assert torch.equal(Seq(Split([3, 5]), Concat())(x), x)
    assert torch.equal(Seq(Split(4), Parallel(nn.Identity(), nn.Identity()), Concat())(x), x)
    assert torch.equal(Seq(Fork(nn.Identity(), nn.ReLU()), Sum())(x), x + x)


@pytest.mark.parametrize(
    ("pattern", "given", "expected"),
    [
        ("a -> a", 1, 1),
        ("(a, b) -> (b, a)", (1, 2), (2, 1)),
        ("(a, (b, c)) -> ((a, b), c)", [1, (2, 3)], ((1, 2), 3)),
        ("(a, b) -> a", (1, 2), 1),
        ("a -> (a, a)", 1, (1, 1)),
        ("(a,) -> a", (1,), 1),
    ],
)
def test_structures(pattern, given, expected):
    assert Restruct(pattern)(given) == expected


@pytest.mark.parametrize(
    ("pattern", "given", "message"),
    [
        ("(a, b)", None, "can't read"),
        ("(a, b) -> c", None, "c is only right of the arrow"),
        ("(a, a) -> a", None, "stands twice"),
        ("f(a) -> a", None, "can't read"),
        ("(a -> a", None, "can't read"),
        ("(a, b) -> a", (1, 2, 3), "3 values where"),
        ("(a, b) -> a", 1, "int where"),
    ],
)
def test_patterns_that_are_wrong(pattern, given, message):
    with pytest.raises(ConfigError, match=message):
        Restruct(pattern)(given)


def test_as_many_inputs_as_modules():
    with pytest.raises(ConfigError, match="1 inputs for the 2 modules"):
        Parallel(nn.ReLU(), nn.ReLU())([torch.ones(1)])


def test_the_repr_is_what_was_written():
    assert repr(Func(torch.flatten, 1, end_dim=2)) == "Func(flatten, 1, end_dim=2)"
    assert repr(Split([3, 5], dim=0)) == "Split([3, 5], dim=0)"
    assert repr(Restruct("a -> a")) == "Restruct('a -> a')"


def test_counting_and_freezing():
    net = Seq(a=nn.Linear(2, 2), b=nn.Linear(2, 2, bias=False))
    net["b"].weight = net["a"].weight
    assert parameter_count(net) == 6
    assert parameter_count(freeze(net), trainable_only=True) == 0
    assert parameter_count(unfreeze(net), trainable_only=True) == 6


def test_hooks_are_gone_after_the_block():
    net, seen = nn.Linear(2, 1), []
    with hooked(net, lambda module, args: seen.append(args), before=True):
        net(torch.ones(1, 2))
    net(torch.ones(1, 2))
    assert len(seen) == 1


class Tells(nn.Module):
    def forward(self, x):
        self.told = try_get_module_name_from_call_stack(self)
        return x


def test_the_path_is_that_in_the_outermost_call():
    tells = Tells()
    net = Seq(a=nn.Sequential(nn.Identity(), Seq(b=tells)))
    net(0)
    assert tells.told == "ROOT.a.1.b"
    net["a"](0)
    assert tells.told == "ROOT.1.b"
    tells(0)
    assert tells.told == "ROOT"
    assert try_get_module_name_from_call_stack(tells) is None


class Block(Module):
    def setup(self, x):
        self.conv = nn.Conv2d(x.shape[1], 8, 3, padding=1, bias=False)

    def forward(self, x):
        return self.conv(x).relu()


def test_a_summary_counts_without_computing():
    net = Seq(block=Block(), pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), head=nn.Linear(8, 10))
    told = summary(net, (2, 3, 16, 16))
    assert is_built(net)
    rows = {row.path: row for row in told.rows}
    assert list(rows) == ["", "block", "block.conv", "pool", "flat", "head"]
    conv_flops = 2 * 2 * 8 * 16 * 16 * 3 * 9
    assert rows["block.conv"].flops == rows["block"].flops == conv_flops
    assert rows[""].flops == conv_flops + 2 * 2 * 8 * 10
    assert rows[""].parameters == parameter_count(net) == 8 * 27 + 90
    assert rows["block"].output == "(2, 8, 16, 16)"
    assert rows["block"].output_bytes == 2 * 8 * 16 * 16 * 4
    assert str(told).splitlines()[-1].startswith("306 parameters, ")
    assert [row.path for row in summary(net, (2, 3, 8, 8), depth=1).rows] == [
        "", "block", "pool", "flat", "head",
    ]  # fmt: skip
    assert not any(m._forward_hooks for m in net.modules())
