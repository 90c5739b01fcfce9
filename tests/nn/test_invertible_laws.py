"""Laws of compositions: whatever invertible modules follow each other, in whatever nesting."""

from collections.abc import Callable

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from labwork.nn import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    CouplingNet,
    GlowStep,
    Identity,
    Invertible,
    InvertibleConv1x1,
    PermuteChannels,
    ReversibleSeq,
    Seq,
    SplineCoupling,
)


def net(count: int) -> CouplingNet:
    return CouplingNet(count, width=8, act_f=nn.Tanh)


SIMPLE: list[Callable[[], Invertible]] = [
    Identity,
    PermuteChannels,
    ActNorm,
    InvertibleConv1x1,
    lambda: AdditiveCoupling(net),
    lambda: AffineCoupling(net, swap=True),
    lambda: SplineCoupling(net, bin_count=4),
    lambda: GlowStep(coupling_f=lambda: AffineCoupling(net)),
]

# A number names a simple module; a list, a Seq of what is in it, or a ReversibleSeq.
plans = st.recursive(
    st.sampled_from(range(len(SIMPLE))),
    lambda parts: st.tuples(st.booleans(), st.lists(parts, max_size=3)),
    max_leaves=5,
)
seeds = st.integers(0, 2**31)
some = settings(max_examples=40, deadline=None)


def make(plan: int | tuple) -> Invertible:
    if isinstance(plan, int):
        return SIMPLE[plan]()
    reversible, parts = plan
    return (ReversibleSeq if reversible else Seq)(*map(make, parts))


def built(plan: int | tuple, seed: int) -> tuple[Invertible, Tensor]:
    """A module with parameters and buffers that are none of those that it begins with."""
    torch.manual_seed(seed)
    module = make(plan).double().build((5, 4)).eval()
    for parameter in module.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return module, torch.randn(5, 4, dtype=torch.float64)


@some
@given(plans, seeds)
def test_inverse_of_the_inverse_is_the_module(plan, seed: int):
    module, x = built(plan, seed)
    assert module.inverse.inverse is module
    assert torch.equal(module.inverse.inverse(x), module(x))
    assert (module.inverse(module(x)) - x).abs().max() < 1e-8
    assert (module(module.inverse(x)) - x).abs().max() < 1e-8


@some
@given(st.lists(plans, max_size=4), seeds)
def test_volume_change_of_a_composition_is_the_sum(plan_list: list, seed: int):
    modules = [built(plan, seed + i)[0] for i, plan in enumerate(plan_list)]
    x = torch.randn(5, 4, dtype=torch.float64)
    whole, whole_ladj = Seq(*modules).build(x.shape).call_and_ladj(x)
    total, y = torch.zeros(5, dtype=torch.float64), x
    for module in modules:
        y, ladj = module.call_and_ladj(y)
        total += ladj.detach()
    assert torch.equal(whole, y)
    assert (whole_ladj - total).abs().max() < 1e-10


@some
@given(st.lists(plans, min_size=1, max_size=4), seeds)
def test_inverse_of_a_composition_is_that_of_the_inverses_in_reverse(plan_list: list, seed: int):
    modules = [built(plan, seed + i)[0] for i, plan in enumerate(plan_list)]
    y = torch.randn(5, 4, dtype=torch.float64)
    back = Seq(*(module.inverse for module in reversed(modules)))
    x, ladj = Seq(*modules).build(y.shape).inverse.call_and_ladj(y)
    other, other_ladj = back.build(y.shape).call_and_ladj(y)
    assert (x - other).abs().max() <= 1e-10
    assert (ladj - other_ladj).abs().max() < 1e-10


@some
@given(plans, seeds)
def test_reversible_or_not_gradients_are_the_same(plan, seed: int):
    module, x = built(plan, seed)
    grads = []
    for seq in (Seq(module).build(x.shape), ReversibleSeq(module).build(x.shape)):
        image = x.clone().requires_grad_()
        y, ladj = seq.call_and_ladj(image)
        loss = y.sin().sum() + ladj.cos().sum()
        inputs = (image, *module.parameters())
        grads.append(torch.autograd.grad(loss, inputs, allow_unused=True))
    for a, b in zip(*grads, strict=True):
        zero = torch.zeros(())
        expected, found = (zero if g is None else g for g in (a, b))
        assert (expected - found).abs().max() < 1e-8 * max(1, expected.abs().max().item())
