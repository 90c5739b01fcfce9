"""ReversibleSeq: the same gradients as a Seq, with memory that doesn't grow with depth."""

import copy

import pytest
import torch
from torch import Tensor, nn

from labwork.core import ConfigError, StateError
from labwork.nn import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    GlowStep,
    InvertibleConv1x1,
    IRevNetBlock,
    Module,
    PermuteChannels,
    ReversibleSeq,
    Seq,
    Squeeze,
)

pytestmark = pytest.mark.usefixtures("seeded")


class NoisyNet(Module):
    """With batch statistics, and with numbers drawn at random."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def setup(self, x: Tensor) -> None:
        layers = nn.Linear(x.shape[1], 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3)
        self.layers = Seq(*layers, nn.Linear(16, self.count))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def flow() -> Seq:
    modules = [
        module
        for i in range(4)
        for module in (
            ActNorm(),
            Seq(InvertibleConv1x1(), AffineCoupling(NoisyNet, swap=i % 2 == 1)),
            AdditiveCoupling(NoisyNet),
            PermuteChannels(),
        )
    ]
    seq = Seq(*modules).double().build((4, 6))
    seq(torch.randn(64, 6, dtype=torch.float64))  # begins normalized
    return seq


def reversible(seq: Seq) -> ReversibleSeq:
    return ReversibleSeq(dict(copy.deepcopy(seq).named_children()))


def outcome(seq: Seq, x: Tensor, *, with_ladj: bool) -> list[Tensor]:
    """Output, gradients, buffers, and the random number that comes next."""
    torch.manual_seed(7)
    x = x.clone().requires_grad_()
    if with_ladj:
        y, ladj = seq.call_and_ladj(x)
        loss = y.square().sum() + ladj.sin().sum()
    else:
        y = seq(x)
        loss = y.square().sum()
    loss.backward()
    grads = [torch.zeros(1) if p.grad is None else p.grad for p in seq.parameters()]
    return [y.detach(), x.grad, *grads, *(b.double() for b in seq.buffers()), torch.rand(1)]


def kept_bytes(seq: Seq, x: Tensor) -> int:
    """What a forward pass keeps for the backward pass, besides parameters."""
    parameters = {p.untyped_storage().data_ptr() for p in seq.parameters()}
    kept = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = seq(x)
    assert y.requires_grad
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize("with_ladj", [False, True])
def test_gradients_and_statistics_are_the_ordinary_ones(with_ladj: bool):
    seq, x = flow(), torch.randn(32, 6, dtype=torch.float64)
    twin = reversible(seq)
    for expected, found in zip(
        outcome(seq, x, with_ladj=with_ladj), outcome(twin, x, with_ladj=with_ladj), strict=True
    ):
        assert (expected - found).abs().max() < 1e-10 * max(1, expected.abs().max().item())


def test_gradients_of_images():
    seq = Seq(IRevNetBlock(8), IRevNetBlock(32, stride=2), Squeeze(), GlowStep()).double()
    x = torch.randn(4, 16, 8, 8, dtype=torch.float64)
    seq(x)
    twin = reversible(seq)
    pairs = zip(outcome(seq, x, with_ladj=True), outcome(twin, x, with_ladj=True), strict=True)
    assert max((a - b).abs().max().item() / max(1, a.abs().max().item()) for a, b in pairs) < 1e-10


def test_memory_does_not_grow_with_depth():
    x = torch.randn(4, 16, 8, 8, requires_grad=True)

    def kept(seq_f: type[Seq], depth: int) -> int:
        return kept_bytes(seq_f(*(IRevNetBlock(8) for _ in range(depth))).build(x.shape), x)

    assert kept(ReversibleSeq, 64) <= 1.1 * kept(ReversibleSeq, 8)
    assert kept(Seq, 64) > 7.9 * kept(Seq, 8)


def test_autocast_is_as_it_was():
    seq = flow().float()
    twin, x = reversible(seq), torch.randn(32, 6)
    grads = []
    for module in (seq, twin):
        torch.manual_seed(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = module(x).square().mean()
        loss.backward()
        grads.append(
            torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
        )
    assert (grads[0] - grads[1]).norm() < 0.1 * grads[0].norm()
    assert grads[0].norm() > 0


def test_frozen_parameters_get_none_and_shared_ones_the_sum():
    net = nn.Linear(3, 3)
    modules = [
        AdditiveCoupling(lambda _: net),
        AdditiveCoupling(lambda _: net, swap=True),
        ActNorm(),
    ]
    x = torch.randn(8, 6)
    seq = Seq(*modules).build(x.shape)
    twin = ReversibleSeq(*modules)
    grads = []
    modules[-1].requires_grad_(False)
    for module in (seq, twin):
        net.zero_grad()
        module(x).square().sum().backward()
        grads.append(net.weight.grad.clone())
    assert (grads[0] - grads[1]).abs().max() < 1e-4 * grads[0].abs().max()
    assert modules[-1].shift.grad is None


def test_gradient_with_respect_to_the_input_alone():
    seq = flow().requires_grad_(False)
    x = torch.randn(8, 6, dtype=torch.float64)
    expected, found = (outcome(s, x, with_ladj=False)[1] for s in (seq, reversible(seq)))
    assert (expected - found).abs().max() < 1e-10 * expected.abs().max()


def test_it_is_a_seq():
    seq = ReversibleSeq(a=AdditiveCoupling(), b=ActNorm()).build((2, 4))
    assert seq.names == ("a", "b")
    assert isinstance(seq["a":"b"], ReversibleSeq)
    x = torch.randn(5, 4)
    assert (seq.inverse(seq(x)) - x).abs().max() < 1e-5
    with torch.no_grad():
        assert not seq(x).requires_grad


def test_it_builds_at_the_first_call_and_as_a_slice():
    x = torch.randn(5, 4)
    seq = ReversibleSeq(a=AdditiveCoupling(), b=ActNorm())[:"b"]
    seq(x).sum().backward()
    assert seq["a"].net.layers["last"].weight.grad is not None


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # the compiler looks at it
def test_compiled_whole_is_the_same():
    seq = reversible(flow()).eval()
    x = torch.randn(8, 6, dtype=torch.float64)
    expected = outcome(copy.deepcopy(seq), x, with_ladj=False)
    compiled = torch.compile(seq, backend="aot_eager")
    torch.manual_seed(7)
    y = compiled(x)
    y.square().sum().backward()
    assert (y - expected[0]).abs().max() < 1e-10
    assert all(p.grad is not None for p in seq.parameters() if p.requires_grad)
    torch._dynamo.reset()


def test_module_without_inverse_is_told():
    with pytest.raises(ConfigError, match="Linear has no inverse"):
        ReversibleSeq(AdditiveCoupling(), nn.Linear(4, 4))(torch.randn(2, 4))


def test_a_change_of_the_output_is_noticed():
    y = ReversibleSeq(AdditiveCoupling())(torch.randn(2, 4))
    with pytest.raises(StateError, match=r"output of a ReversibleSeq was changed in place.*ReLU"):
        y.relu_().sum().backward()
