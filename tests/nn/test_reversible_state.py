"""What modules keep, and what is done between forward and backward pass: as with a Seq, or told."""

import copy
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.utils.parametrizations import spectral_norm, weight_norm
from torch.utils.checkpoint import checkpoint

from labwork.core import StateError
from labwork.nn import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    Identity,
    IRevNetBlock,
    PermuteChannels,
    Reshape,
    ReversibleSeq,
    Seq,
)

SHAPE = (6, 8, 4, 4)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


class Codebook(nn.Module):
    """Reads what it keeps, and then changes it: one buffer in place, another by a new one."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.ones(count, 1, 1))
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("none", None)

    def forward(self, x: Tensor) -> Tensor:
        y = x * self.mean.clone() + self.calls
        self.mean.lerp_(x.detach().mean((0, 2, 3))[:, None, None], 0.5)
        self.calls = self.calls + 1
        return y


class Shared(nn.Module):
    """Two that keep one and the same."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.first, self.second = Codebook(count), Codebook(count)
        self.second.mean = self.first.mean

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))


PARTS: dict[str, Callable[[int], nn.Module]] = {
    "batch norm": nn.BatchNorm2d,
    "batch norm, averaging": partial(nn.BatchNorm2d, momentum=None),
    "batch norm, untracked": partial(nn.BatchNorm2d, track_running_stats=False),
    "lazy batch norm": lambda _: nn.LazyBatchNorm2d(),
    "sync batch norm": nn.SyncBatchNorm,
    "instance norm": partial(nn.InstanceNorm2d, track_running_stats=True, affine=True),
    "instance norm, averaging": partial(nn.InstanceNorm2d, track_running_stats=True, momentum=None),
    "group norm": partial(nn.GroupNorm, 2),
    "spectral norm": lambda c: spectral_norm(nn.Conv2d(c, c, 1)),
    "weight norm": lambda c: weight_norm(nn.Conv2d(c, c, 1)),
    "codebook": Codebook,
    "shared buffers": Shared,
    "dropout": lambda _: nn.Dropout2d(0.4),
    "random activation": lambda _: nn.RReLU(),
    "alpha dropout": lambda _: nn.AlphaDropout(0.2),
    "bernoulli": lambda _: nn.FractionalMaxPool2d(1, output_size=4),
}
every = pytest.mark.parametrize("part_f", PARTS.values(), ids=PARTS)


def net(part_f: Callable[[int], nn.Module], count: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), part_f(4), nn.Conv2d(4, count, 1))


def pair(part_f: Callable[[int], nn.Module]) -> tuple[Seq, ReversibleSeq]:
    """A ``Seq``, and one like it that is reversible."""
    net_f = partial(net, part_f)
    modules = AdditiveCoupling(net_f), PermuteChannels(), AdditiveCoupling(net_f, swap=True)
    seq = Seq(*modules, AffineCoupling(net_f)).build(SHAPE).double()
    with torch.no_grad():
        copy.deepcopy(seq).train()(batch())  # makes what is lazy
        seq(batch())
    return seq, ReversibleSeq(dict(copy.deepcopy(seq).named_children()))


def batch() -> Tensor:
    return torch.randn(SHAPE, dtype=torch.float64)


def stepped(seq: Seq, x: Tensor) -> list[Tensor]:
    """Gradients, parameters, buffers and the generator's state after a step."""
    torch.manual_seed(7)
    x = x.clone().requires_grad_()
    seq(x).square().mean().backward()
    grads = [p.grad for p in seq.parameters()]
    torch.optim.SGD(seq.parameters(), lr=0.1).step()
    return [x.grad, *grads, *seq.parameters(), torch.get_rng_state().double()]


def grads_of(seq: Seq, run: Callable[[Seq], None]) -> list[Tensor]:
    seq.zero_grad()
    run(seq)
    return [p.grad.clone() for p in seq.parameters()]


def assert_same(a: list[Tensor], b: list[Tensor], tolerance: float = 1e-9) -> None:
    for expected, found in zip(a, b, strict=True):
        allowed = tolerance * max(1, expected.abs().max().item())
        assert (expected - found).abs().max() <= allowed


@every
def test_all_is_as_after_one_forward_pass(part_f):
    seq, twin = pair(part_f)
    for _ in range(2):
        x = batch()
        assert_same(stepped(seq, x), stepped(twin, x))
        assert_same(list(seq.buffers()), list(twin.buffers()))


@every
def test_buffers_are_those_of_one_forward_pass_to_the_last_bit(part_f):
    seq, twin = pair(part_f)
    x = batch()
    for module in (seq, twin):
        stepped(module, x)
    assert all(map(torch.equal, seq.buffers(), twin.buffers()))


@every
def test_two_forward_passes_before_their_backward_passes(part_f):
    """Each is computed once more with what there was then."""
    first, second = batch(), batch()

    def run(seq: Seq) -> None:
        torch.manual_seed(3)
        losses = [seq(x).square().mean() for x in (first, second)]
        losses[0].backward()
        losses[1].backward()

    seq, twin = pair(part_f)
    assert_same(grads_of(seq, run), grads_of(twin, run))
    assert all(map(torch.equal, seq.buffers(), twin.buffers()))


@every
def test_backward_twice(part_f):
    x = batch()

    def run(seq: Seq) -> None:
        torch.manual_seed(3)
        y = seq(x)
        y.square().mean().backward(retain_graph=True)
        y.sin().mean().backward()

    def at_once(seq: Seq) -> None:
        torch.manual_seed(3)
        y = seq(x)
        (y.square().mean() + y.sin().mean()).backward()

    seq, twin = pair(part_f)
    assert_same(grads_of(seq, at_once), grads_of(twin, run))
    assert all(map(torch.equal, seq.buffers(), twin.buffers()))


def test_buffers_stay_the_same_objects():
    _, twin = pair(nn.BatchNorm2d)
    before = [id(b) for b in twin.buffers()]
    y = twin(batch())
    versions = [b._version for b in twin.buffers()]
    y.sum().backward()
    assert before == [id(b) for b in twin.buffers()]
    assert versions == [b._version for b in twin.buffers()]


def test_all_is_put_back_after_an_error():
    class Failing(nn.Identity):
        def forward(self, x: Tensor) -> Tensor:
            if torch.is_grad_enabled():
                raise ArithmeticError("as asked")
            return x

    twin = ReversibleSeq(
        AdditiveCoupling(lambda _: nn.Sequential(nn.BatchNorm2d(4), Failing()))
    ).build(SHAPE)
    y = twin(torch.randn(SHAPE))
    before, state = [id(b) for b in twin.buffers()], torch.get_rng_state()
    with pytest.raises(ArithmeticError, match="as asked"):
        y.sum().backward()
    assert before == [id(b) for b in twin.buffers()]
    assert torch.equal(state, torch.get_rng_state())


# What may be done before the backward pass


def small() -> tuple[Seq, ReversibleSeq]:
    return pair(lambda _: nn.Tanh())


def change_input(seq: Seq) -> None:
    x = torch.linspace(-1, 1, 768, dtype=torch.float64).reshape(SHAPE)
    y = seq(x)
    if isinstance(seq, ReversibleSeq):
        x.zero_()  # a Seq would tell
    y.square().mean().backward()


def change_mode(seq: Seq) -> None:
    torch.manual_seed(3)
    y = seq.train()(torch.ones(SHAPE, dtype=torch.float64))
    seq.eval()
    y.square().mean().backward()
    assert not any(module.training for module in seq.modules())


def checkpointed(seq: Seq) -> None:
    x = torch.ones(SHAPE, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(3)
    checkpoint(seq, x, use_reentrant=False).square().mean().backward()


def saved_elsewhere(seq: Seq) -> None:
    with torch.autograd.graph.save_on_cpu():
        y = seq(torch.ones(SHAPE, dtype=torch.float64))
    y.square().mean().backward()


@pytest.mark.parametrize("run", [change_input, checkpointed, saved_elsewhere])
def test_gradients_stay_the_ordinary_ones(run):
    seq, twin = small()
    assert_same(grads_of(seq, run), grads_of(twin, run))


def test_mode_of_the_forward_pass_counts():
    seq, twin = pair(lambda c: nn.Sequential(nn.BatchNorm2d(c), nn.Dropout(0.5)))
    assert_same(grads_of(seq, change_mode), grads_of(twin, change_mode))


def test_parameters_of_the_call_get_the_gradients():
    seq, twin = small()
    given = {name: (2 * p).detach().requires_grad_() for name, p in seq.named_parameters()}
    found = []
    for module in (seq, twin):
        loss = functional_call(module, given, (batch().fill_(0.5),)).square().mean()
        found.append(list(torch.autograd.grad(loss, list(given.values()))))
    assert_same(*found)


def test_transforms_of_functions_see_a_seq():
    seq, twin = small()
    x = batch()
    assert_same(*([grad(lambda x, m=m: m(x).sin().sum())(x)] for m in (seq, twin)))
    assert_same(*([vmap(lambda x, m=m: m(x[None])[0])(x)] for m in (seq, twin)))


def test_half_of_the_parameters_is_frozen():
    seq, twin = small()
    x = batch()
    for module in (seq, twin):
        for parameter in list(module.parameters())[::2]:
            parameter.requires_grad_(False)
        module(x).square().mean().backward()
    for a, b in zip(seq.parameters(), twin.parameters(), strict=True):
        assert (a.grad is None) == (b.grad is None)
        assert a.grad is None or (a.grad - b.grad).abs().max() < 1e-10


def test_nothing_learns():
    _, twin = small()
    assert not twin.requires_grad_(False)(batch()).requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_near(dtype: torch.dtype):
    seq, twin = small()
    x = batch().to(dtype)
    exact, found = [
        torch.cat([g.flatten().float() for g in grads_of(m, lambda m: m(x).sum().backward())])
        for m in (seq.to(dtype), twin.to(dtype))
    ]
    assert (exact - found).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("retain", [False, True])
def test_no_second_derivatives_and_no_second_pass_unasked(retain: bool):
    _, twin = small()
    x = batch().requires_grad_()
    y = twin(x).square().sum()
    if retain:
        (first,) = torch.autograd.grad(y, x, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiate twice"):
            first.sum().backward()
    else:
        y.backward()
        with pytest.raises(RuntimeError, match="backward through the graph a second time"):
            y.backward()


@pytest.mark.parametrize("learns", [True, False])
def test_change_of_a_parameter_is_told(learns: bool):
    _, twin = small()
    parameter = next(twin.parameters()).requires_grad_(learns)
    y = twin(batch())
    with torch.no_grad():
        parameter.mul_(2)
    with pytest.raises(StateError, match="parameter of a ReversibleSeq was changed before"):
        y.sum().backward()


@pytest.mark.parametrize(
    "change", [Tensor.relu_, Tensor.zero_, lambda y: y.detach().add_(1), lambda y: y[0].mul_(2)]
)
def test_change_of_the_output_is_told(change):
    _, twin = small()
    y = twin(batch())
    with torch.no_grad():
        change(y)
    with pytest.raises(StateError, match="output of a ReversibleSeq was changed in place"):
        y.sum().backward()


@pytest.mark.parametrize("module_f", [Identity, lambda: Reshape(-1), ReversibleSeq])
def test_change_of_an_output_that_is_a_view_is_told(module_f):
    x = torch.randn(3, 4, 2, requires_grad=True)
    y = ReversibleSeq(module_f())(x * 1)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        y.relu_()


def test_with_a_grain_gradients_are_the_ordinary_ones_through_forty_blocks():
    x = torch.rand(4, 16, 8, 8)
    blocks = [IRevNetBlock(8, grain=2**-17, is_first=i == 0) for i in range(40)]
    seq = Seq(*blocks).build(x.shape)
    twin = ReversibleSeq(dict(copy.deepcopy(seq).named_children()))
    run = partial(lambda x, m: m(x).square().mean().backward(), x)
    assert_same(grads_of(seq, run), grads_of(twin, run), 1e-6)


def test_volume_change_alone_has_gradients():
    seq = Seq(ActNorm(), AffineCoupling()).build((4, 6)).double()
    twin = ReversibleSeq(dict(copy.deepcopy(seq).named_children()))
    x = torch.randn(4, 6, dtype=torch.float64)
    for module in (seq, twin):
        module.call_and_ladj(x)[1].sum().backward()
    for a, b in zip(seq.parameters(), twin.parameters(), strict=True):
        expected = torch.zeros_like(a) if a.grad is None else a.grad
        found = torch.zeros_like(b) if b.grad is None else b.grad
        assert (expected - found).abs().max() < 1e-10


@pytest.mark.parametrize("name", [name for name in PARTS if "norm" in name and name[0] != "s"])
def test_checkpoints_of_a_seq_count_a_batch_once_too(name: str):
    seq, _ = pair(PARTS[name])
    twin = copy.deepcopy(seq).checkpoint((None, None))
    x = batch()
    assert_same(stepped(seq, x), stepped(twin, x))
    assert_same(list(seq.buffers()), list(twin.buffers()))
