"""Laws of invertible modules: each of the list INVERTIBLES obeys them."""

import copy
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
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
    IRevNetBlock,
    MultiScale,
    Permute,
    PermuteChannels,
    Reshape,
    ReversibleSeq,
    Seq,
    SplineCoupling,
    Squeeze,
    check_inverse,
    hooked,
)

IMAGE, VECTOR = (4, 4, 4, 4), (8, 6)


class Case(NamedTuple):
    """An invertible module that can be made again and again."""

    name: str
    make: Callable[[], Invertible]
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}-{len(self.shape)}d"

    def built(self, dtype: torch.dtype = torch.float32) -> Invertible:
        """The module with parameters that are none of those that it begins with."""
        torch.manual_seed(0)
        module = self.make().to(dtype).build(self.shape).eval()
        for parameter in module.parameters():
            # What counts is that nothing is zero; a bit more, and few digits are left in half.
            noise = 0.1 if parameter.ndim > 1 else 0.3
            parameter.data += noise * torch.randn_like(parameter)
        return module

    def input(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """A batch."""
        return torch.randn(self.shape, generator=torch.Generator().manual_seed(1)).to(dtype)


class CallsItself(Identity):
    """Its volume change is computed by a call of itself, and of the class above it."""

    def forward(self, x: Tensor) -> Tensor:
        return -x

    def inverse_forward(self, y: Tensor) -> Tensor:
        return -y

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        _, ladj = super().call_and_ladj(x)
        return self(x), ladj


def small_net(count: int) -> CouplingNet:
    return CouplingNet(count, width=8, act_f=torch.nn.Tanh)


def on_images(*modules: tuple[str, Callable[[], Invertible]]) -> list[Case]:
    return [Case(name, make, IMAGE) for name, make in modules]


def on_both(*modules: tuple[str, Callable[[], Invertible]]) -> list[Case]:
    return [Case(name, make, shape) for name, make in modules for shape in (IMAGE, VECTOR)]


INVERTIBLES = [
    *on_both(
        ("identity", Identity),
        ("calls-itself", CallsItself),
        ("permute-channels", PermuteChannels),
        ("permute-reverse", lambda: PermuteChannels("reverse")),
        ("reshape", lambda: Reshape(-1)),
        ("act-norm", ActNorm),
        ("conv1x1", InvertibleConv1x1),
        ("additive", lambda: AdditiveCoupling(small_net)),
        ("affine", lambda: AffineCoupling(small_net)),
        ("affine-swap", lambda: AffineCoupling(small_net, swap=True)),
        ("spline", lambda: SplineCoupling(small_net, bin_count=4)),
        ("spline-swap", lambda: SplineCoupling(small_net, bin_count=4, bound=1, swap=True)),
        ("glow-step", lambda: GlowStep(coupling_f=lambda: AffineCoupling(small_net))),
        ("seq", lambda: Seq(norm=ActNorm(), order=PermuteChannels(), add=AdditiveCoupling())),
        (
            "reversible",
            lambda: ReversibleSeq(ActNorm(), AffineCoupling(small_net), Seq(InvertibleConv1x1())),
        ),
    ),
    Case("permute", lambda: Permute(0, 3, 1, 2), IMAGE),
    Case("permute", lambda: Permute(0, 1), VECTOR),
    *on_images(
        ("squeeze", Squeeze),
        ("squeeze-place", lambda: Squeeze(2, order="place")),
        ("irevnet-block", lambda: IRevNetBlock(2, width_factors=(1, 1, 1))),
        (
            "irevnet-stride",
            lambda: IRevNetBlock(
                8, kernel_sizes=(3, 3), width_factors=(0.5, 1), stride=2, norm_f=None, is_first=True
            ),
        ),
        ("irevnet-grain", lambda: IRevNetBlock(8, stride=2, grain=2**-40, is_first=True)),
        ("multi-scale", lambda: MultiScale(Seq(Squeeze(), ActNorm()), GlowStep())),
    ),
    Case("odd-channels", lambda: AffineCoupling(small_net), (4, 5)),
    Case("sequence", InvertibleConv1x1, (4, 3, 5)),
]
INVERTIBLES += [
    Case(
        f"inverse-{case.name}", lambda case=case: case.make().build(case.shape).inverse, case.shape
    )
    for case in INVERTIBLES
    if case.name in ("act-norm", "conv1x1", "spline", "squeeze", "glow-step")
]


every = pytest.mark.parametrize("case", INVERTIBLES, ids=str)


def jacobian_ladj(module: Invertible, x: Tensor) -> Tensor:
    """log |det| of the whole Jacobian, input by input."""

    def flat(row: Tensor) -> Tensor:
        return module(row.reshape(1, *x.shape[1:])).flatten()

    rows = torch.stack([torch.autograd.functional.jacobian(flat, row) for row in x.flatten(1)])
    return torch.linalg.slogdet(rows).logabsdet


@every
def test_inverse_leads_back(case: Case):
    module, x = case.built(torch.float64), case.input(torch.float64)
    y = module(x)
    assert (module.inverse(y) - x).abs().max() < 1e-10
    assert (module(module.inverse(x.reshape(y.shape))) - x.reshape(y.shape)).abs().max() < 1e-10


@every
def test_inverse_of_inverse_is_the_module(case: Case):
    module = case.built()
    assert module.inverse.inverse is module
    assert check_inverse(module, case.input(), tolerance=1e-5) < 1e-4


@every
def test_ladj_is_that_of_the_jacobian(case: Case):
    module, x = case.built(torch.float64), case.input(torch.float64)[:2]
    y, ladj = module.call_and_ladj(x)
    assert ladj.shape == (2,)
    assert torch.equal(y, module(x))
    assert (ladj - jacobian_ladj(module, x)).abs().max() < 1e-9


@every
def test_way_back_has_the_opposite_ladj(case: Case):
    module, x = case.built(torch.float64), case.input(torch.float64)
    y, ladj = module.call_and_ladj(x)
    back, back_ladj = module.inverse_and_ladj(y)
    assert (back - x).abs().max() < 1e-10
    assert (ladj + back_ladj).abs().max() < 1e-9
    other, other_ladj = module.inverse.call_and_ladj(y)
    assert torch.equal(other, back)
    assert torch.equal(other_ladj, back_ladj)


@every
def test_gradients_from_the_output_are_the_ordinary_ones(case: Case):
    module, x = case.built(torch.float64), case.input(torch.float64).requires_grad_()
    parameters = list(module.parameters())
    y, ladj = module.call_and_ladj(x)
    grad_y, grad_ladj = torch.randn_like(y), torch.randn_like(ladj)
    total = (y * grad_y).sum() + (ladj * grad_ladj).sum()
    expected = torch.autograd.grad(total, (x, *parameters), allow_unused=True)
    back, *found = module.inverse_and_gradients(y.detach(), grad_y, grad_ladj, parameters)
    assert (back - x).abs().max() < 1e-10
    for a, b in zip(expected, (found[0], *found[1]), strict=True):
        assert (a is None) == (b is None) or not (a if b is None else b).any()
        assert a is None or b is None or (a - b).abs().max() < 1e-8


@every
def test_repr_is_that_of_an_equal_one(case: Case):
    assert repr(case.built()) == repr(case.built())
    assert " object at " not in repr(case.built())


@every
def test_state_dict_is_all(case: Case):
    module, x = case.built(), case.input()
    torch.manual_seed(5)
    other = case.make().build(case.shape).eval()
    other.load_state_dict(module.state_dict())
    assert torch.equal(other(x), module(x))
    late = case.make().eval()
    late.load_state_dict(module.state_dict())  # before it is built
    assert torch.equal(late(x), module(x))


@every
def test_copy_is_apart(case: Case):
    module, x = case.built(), case.input()
    twin, before = copy.deepcopy(module), module(x)
    assert torch.equal(twin(x), before)
    for parameter in twin.parameters():
        parameter.data.zero_()
    assert torch.equal(module(x), before)
    assert twin.inverse.inverse is twin


@every
def test_first_call_builds(case: Case):
    torch.manual_seed(3)
    called, asked = case.make().eval(), copy.deepcopy(case.make())
    asked.load_state_dict(called.build(case.shape).state_dict())
    y, ladj = asked.eval().call_and_ladj(case.input())
    assert torch.equal(y, called(case.input()))
    assert ladj.shape == y.shape[:1]


@every
def test_half_precision_is_near(case: Case):
    """bfloat16 has 8 bits of mantissa: two to three digits remain, on the way back too."""
    module, x = case.built(), case.input()
    y, ladj = module.call_and_ladj(x)
    narrow = copy.deepcopy(module).bfloat16()
    narrow_y, narrow_ladj = narrow.call_and_ladj(x.bfloat16())
    assert narrow_y.dtype == torch.bfloat16
    assert (narrow_y - y).abs().max() < 0.05 * y.abs().max()
    assert (narrow_ladj - ladj).abs().max() < 0.05 * max(1, ladj.abs().max().item()) + 0.2
    assert (narrow.inverse(narrow_y) - x).abs().max() < 0.1 * x.abs().max()


@every
def test_autocast_keeps_the_type(case: Case):
    module, x = case.built(), case.input()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, ladj = module.call_and_ladj(x)
    assert ladj.dtype == torch.float32
    assert (y - module(x)).abs().max() < 0.05 * y.abs().max()


@pytest.mark.slow
@every
def test_compiled_is_the_same(case: Case):
    module, x = case.built(), case.input()
    compiled = torch.compile(module.call_and_ladj, backend="aot_eager", fullgraph=True)
    with torch.no_grad():  # where nothing is learned, a ReversibleSeq is a Seq
        y, ladj = compiled(x)
    expected, expected_ladj = module.call_and_ladj(x)
    assert (y - expected).abs().max() < 1e-5
    assert (ladj - expected_ladj).abs().max() < 1e-4
    torch._dynamo.reset()


@every
def test_empty_batch(case: Case):
    y, ladj = case.built().call_and_ladj(case.input()[:0])
    assert y.shape[0] == 0
    assert ladj.shape == (0,)


def calls(module: nn.Module, call) -> Counter[str]:
    """How often each module was called, by its path."""
    found: Counter[str] = Counter()
    paths = {part: path for path, part in module.named_modules()}
    with hooked(paths, lambda part, args, out: found.update([paths[part]])):
        call()
    return found


@every
def test_hooks_are_called_with_and_without_the_volume(case: Case):
    module, x = case.built(), case.input()
    found = calls(module, lambda: module.call_and_ladj(x))
    assert found == calls(module, lambda: module(x))
    assert found[""] == 1
    assert vars(module).keys() == vars(case.built()).keys()  # nothing is left behind


@every
def test_hooks_get_the_value_and_may_change_it(case: Case):
    module, x = case.built(), case.input()
    y, ladj = module.call_and_ladj(x)
    seen = []
    handle = module.register_forward_pre_hook(lambda module, args: (args[0] - 1,))
    with hooked(module, lambda module, args, out: seen.append(out) or out + 2):
        changed, same = module.call_and_ladj(x + 1)
    handle.remove()
    torch.testing.assert_close(seen, [y], rtol=1e-4, atol=1e-4)
    assert torch.equal(changed, seen[0] + 2)
    torch.testing.assert_close(same, ladj, rtol=1e-4, atol=1e-4)


@every
def test_backward_hooks_are_called(case: Case):
    module, x = case.built(), case.input().requires_grad_()
    grads: list[Tensor] = []
    handle = module.register_full_backward_hook(lambda module, to, of: grads.extend(of))
    y, _ = module.call_and_ladj(x)
    y.sum().backward()
    handle.remove()
    assert [grad.shape for grad in grads] == [y.shape]
