"""Hooks see calls with values, and what they give is what sizes are inferred from."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from labwork.nn import Module, Seq, is_built, summary

SHAPE = (2, 3, 4, 4)


class Block(Module):
    def setup(self, x: Tensor) -> None:
        self.conv = nn.Conv2d(x.shape[1], 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def twice_as_many(module: nn.Module, args: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([args[0], args[0]], 1)


def twice_as_many_by_name(module, args, kwargs):
    return (), {"x": twice_as_many(module, args)}


@pytest.mark.parametrize("wrap", [lambda block: block, nn.Sequential, Seq])
def test_sizes_are_those_of_what_pre_hooks_give(wrap):
    block = Block()
    block.register_forward_pre_hook(twice_as_many)
    assert wrap(block)(torch.rand(SHAPE)).shape == (2, 5, 4, 4)
    assert block.conv.in_channels == 6


def by_pickle(block):
    return pickle.loads(pickle.dumps(block))


@pytest.mark.parametrize("change", [copy.copy, copy.deepcopy, by_pickle])
def test_pre_hooks_of_copies_come_first_too(change):
    block = Block()
    block.register_forward_pre_hook(twice_as_many)
    block.register_forward_pre_hook(twice_as_many_by_name, with_kwargs=True)
    twin = change(block)
    twin.register_forward_pre_hook(twice_as_many, prepend=True)
    twin(torch.rand(SHAPE))
    assert twin.conv.in_channels == 24
    block(torch.rand(SHAPE))
    assert block.conv.in_channels == 12


def test_a_hook_that_was_removed_is_not_heeded():
    block = Block()
    handle = block.register_forward_pre_hook(twice_as_many)
    handle.remove()
    block(torch.rand(SHAPE))
    assert block.conv.in_channels == 3


def by_shape(net):
    net.build(SHAPE)


def by_summary(net):
    summary(net, SHAPE)


def by_call(net):
    net(torch.rand(SHAPE))


@pytest.mark.parametrize(("build", "calls"), [(by_shape, 0), (by_summary, 0), (by_call, 1)])
def test_hooks_are_not_called_in_the_build(build, calls):
    net = Seq(a=Block(), b=Seq(nn.BatchNorm2d(5), nn.LazyConv2d(2, 1)), c=Block())
    called = []

    def note(module, args, *output):
        assert not args[0].is_meta
        called.append(module)

    modules = list(net.modules())
    for module in modules:
        module.register_forward_hook(note)
        module.register_forward_pre_hook(note)
        module.register_full_backward_hook(note)
    handles = [register_module_forward_hook(note), register_module_forward_pre_hook(note)]
    try:
        build(net)
    finally:
        for handle in handles:
            handle.remove()
    assert is_built(net)
    made = len(list(net.modules())) - len(modules)
    assert len(called) == calls * (4 * len(modules) + 2 * made)


class Registers(Module):
    """Its own hooks are put where they belong while it is set up."""

    def setup(self, x: Tensor) -> None:
        self.called = 0
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(x.shape[1], 5, 1))
        self.conv.register_forward_hook(self.count)

    def count(self, *args: object) -> None:
        self.called += 1

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def test_hooks_that_setup_registers_stay():
    net = Registers().build(SHAPE)
    assert net.called == 0
    net(torch.rand(SHAPE))
    assert net.called == 1


def test_a_build_that_fails_leaves_hooks_and_plain_tensors():
    class Fails(Block):
        def __init__(self):
            super().__init__()
            self.shift = torch.ones(3, 1, 1)
            self.scale = torch.ones(3, 1, 1)
            self.fails = True

        def setup(self, x):
            super().setup(x)
            self.shift = torch.zeros(3, 1, 1)
            self.scale = nn.Parameter(torch.zeros(3, 1, 1))

        def forward(self, x):
            assert x.is_meta == self.shift.is_meta
            if self.fails:
                raise ZeroDivisionError
            return super().forward(x * self.scale + self.shift)

    net, called = Fails(), []
    net.register_forward_hook(lambda *args: called.append(args))
    with pytest.raises(ZeroDivisionError):
        net.build(SHAPE)
    assert (net.shift == 1).all()
    assert (net.scale == 1).all()
    net.fails = False
    net.build(SHAPE)
    assert (net.shift == 0).all()
    assert isinstance(net.scale, nn.Parameter)
    net(torch.rand(SHAPE))
    assert len(called) == 1
