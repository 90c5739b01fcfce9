"""Modules of modules, functions as modules, parameters, and what a network costs."""

import pytest
import torch
from torch import nn

from labwork.core import ConfigError, StateError
from labwork.nn import (
    AffineCoupling,
    Concat,
    Fork,
    Func,
    Identity,
    Module,
    Parallel,
    Restruct,
    Seq,
    Split,
    Sum,
    freeze,
    frozen,
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


def kept_by_autograd(net: nn.Module, x: torch.Tensor) -> int:
    sizes = {}
    own = {t.untyped_storage()._cdata for t in [*net.parameters(), *net.buffers()]}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        sizes[storage._cdata] = 0 if storage._cdata in own else storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        kept = net(x)  # what it keeps is freed with it
    assert kept.requires_grad
    return sum(sizes.values())


def unit(in_place: bool) -> nn.Module:
    conv = nn.Conv2d(8, 8, 3, padding=1)
    return Seq(conv=conv, norm=nn.BatchNorm2d(8), act=nn.ReLU(inplace=in_place), same=Identity())


@pytest.mark.parametrize("in_place", [False, True])
def test_a_summary_counts_what_autograd_keeps(in_place):
    parts = [unit(in_place) for _ in range(4)]
    net = Seq(*parts, Concat(), nn.Flatten(), nn.Linear(8 * 36, 2))
    net["4"] = Restruct("a -> a")
    shape = (16, 8, 6, 6)
    told, x = summary(net, shape), torch.rand(shape)
    unused = 16 * 2 * 4 + (0 if in_place else 4 * x.nbytes)  # the scores; what goes into a ReLU
    assert kept_by_autograd(net, x) - x.nbytes == pytest.approx(
        told.activation_bytes - unused, rel=0.02
    )
    by_path = {row.path: row.output_bytes for row in told.rows}
    assert [by_path[f"0.{name}"] for name in ("norm", "same")] == [x.nbytes, 0]
    assert by_path["0.act"] == (0 if in_place else x.nbytes)
    assert by_path["0"] == x.nbytes
    assert by_path["5"] == 0


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


def test_a_module_in_two_places_gives_two_outputs():
    relu = nn.ReLU()
    assert len(Fork(relu, relu)(torch.ones(1))) == 2
    assert len(Parallel(relu, relu)([torch.ones(1)] * 2)) == 2


def enter_frozen(module):
    with frozen(module):
        pass


@pytest.mark.parametrize("use", [parameter_count, freeze, unfreeze, enter_frozen])
@pytest.mark.parametrize("unbuilt_f", [Block, lambda: nn.LazyLinear(1)])
def test_parameters_that_are_yet_to_be_made_are_not_left_out(use, unbuilt_f):
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(unbuilt_f()))
    with pytest.raises(StateError, match=r"ROOT\.1\.0 .* isn't built"):
        use(net)


def test_a_summary_builds_below_containers_of_torch():
    net = nn.Sequential(Block(), nn.Sequential(Block(), nn.LazyConv2d(3, 1)))
    told = summary(net, (1, 3, 4, 4))
    assert is_built(net)
    assert told.rows[0].parameters == parameter_count(net) == 8 * 27 + 8 * 72 + 27
    assert net(torch.rand(1, 3, 4, 4)).shape == (1, 3, 4, 4)


def test_a_summary_is_of_all_calls_of_a_pass():
    linear = nn.Linear(4, 4)
    told = summary(Seq(a=linear, b=Seq(c=nn.ReLU(), d=nn.Sequential(linear)), e=linear), (2, 4))
    rows = {row.path: row for row in told.rows}
    once = 2 * 2 * 4 * 4
    assert list(rows) == ["", "a", "b", "b.c", "b.d"]
    assert rows["a"].flops == rows[""].flops == 3 * once
    assert rows["b"].flops == rows["b.d"].flops == once
    assert rows["a"].output_bytes == 3 * 2 * 4 * 4
    assert told.activation_bytes == 4 * 2 * 4 * 4


class TellsVolume(Module):
    def __init__(self):
        super().__init__()
        self.flow = Seq(inner=Seq(coupling=AffineCoupling()))

    def forward(self, x):
        return self.flow.call_and_ladj(x)[1]


def test_a_summary_has_the_parts_of_a_flow():
    rows = {row.path: row for row in summary(TellsVolume(), (2, 4)).rows}
    flops = rows["flow.inner.coupling.net"].flops
    assert flops == 2 * 2 * (2 * 64 + 64 * 64 + 64 * 4)
    for path in ("flow", "flow.inner", "flow.inner.coupling"):
        assert (rows[path].output, rows[path].flops) == ("(2, 4)", flops)
