"""Checkpoints: what is computed again is what was computed, whatever modules there are."""

import copy
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from labwork.nn import Seq

WIDTH = 4


def old_spectral_norm() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.utils.spectral_norm(nn.Conv2d(WIDTH, WIDTH, 3, padding=1))


class Counts(nn.Module):
    """Its buffer changes what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        return x * self.count


MODULES: dict[str, Callable[[], nn.Module]] = {
    "conv": lambda: nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
    "batch norm": lambda: nn.BatchNorm2d(WIDTH),
    "batch norm, cumulative": lambda: nn.BatchNorm2d(WIDTH, momentum=None),
    "batch norm, evaluated": lambda: nn.BatchNorm2d(WIDTH).eval(),
    "batch norm, untracked": lambda: nn.BatchNorm2d(WIDTH, track_running_stats=False),
    "instance norm": lambda: nn.InstanceNorm2d(WIDTH, track_running_stats=True),
    "group norm": lambda: nn.GroupNorm(2, WIDTH),
    "dropout": nn.Dropout2d,
    "rrelu": nn.RReLU,
    "in place": lambda: nn.Sequential(nn.BatchNorm2d(WIDTH), nn.ReLU(inplace=True)),
    "spectral norm": lambda: parametrizations.spectral_norm(nn.Conv2d(WIDTH, WIDTH, 1)),
    "old spectral norm": old_spectral_norm,
    "weight norm": lambda: parametrizations.weight_norm(nn.Conv2d(WIDTH, WIDTH, 1)),
    "buffer": Counts,
    "checkpoint inside": lambda: Seq(nn.BatchNorm2d(WIDTH), nn.Dropout()).checkpoint((0, 2)),
}
every_module = pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)


def network(make: Callable[[], nn.Module]) -> Seq:
    torch.manual_seed(0)
    return Seq(a=nn.Conv2d(3, WIDTH, 1), b=make(), c=nn.Tanh(), d=make(), e=nn.Tanh())


def trained(net: Seq, backward: Callable[[Tensor], None]) -> list[Tensor]:
    """What two steps leave behind: images' gradients, parameters' gradients, values and buffers."""
    torch.manual_seed(1)
    images = [torch.rand(5, 3, 6, 6, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for x in images:
        optimizer.zero_grad()
        backward(net(x).square().sum())
        optimizer.step()
    grads = [tensor.grad for tensor in (*images, *net.parameters())]
    assert all(grad is not None for grad in grads)
    return [*grads, *net.parameters(), *net.buffers(), torch.get_rng_state()]


def once(loss: Tensor) -> None:
    loss.backward()


def twice(loss: Tensor) -> None:
    loss.backward(retain_graph=True)
    loss.backward()


@every_module
@pytest.mark.parametrize("backward", [once, twice])
@pytest.mark.parametrize("ranges", [[(None, None)], [(1, 3), ("d", None)]])
def test_nothing_differs_from_a_network_without_checkpoints(make, backward, ranges):
    net = network(make)
    mine = copy.deepcopy(net).checkpoint(*ranges)
    for own, plain in zip(trained(mine, backward), trained(net, backward), strict=True):
        assert torch.equal(own, plain)


@every_module
def test_the_mode_may_change_before_the_backward_pass(make):
    net = network(make)
    mine = copy.deepcopy(net).checkpoint((None, None))

    def grads(net: Seq) -> list[Tensor | None]:
        torch.manual_seed(1)
        loss = net(torch.rand(5, 3, 6, 6)).square().sum()
        net.eval()
        loss.backward()
        return [p.grad for p in net.parameters()]

    assert all(map(torch.equal, grads(mine), grads(net)))


# After a break in the graph, the compiler looks at the gradient of what goes on.
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")
def test_what_is_around_checkpoints_is_compiled():
    net = network(MODULES["batch norm"])
    mine = copy.deepcopy(net).checkpoint((1, 3))
    torch._dynamo.reset()
    mine.compile(backend="eager")
    for own, plain in zip(trained(mine, once), trained(net, once), strict=True):
        assert torch.equal(own, plain)


NAMES = "abcdef"


def names_in_ranges(seq: Seq) -> list[str]:
    return ["".join(seq.names[start:end]) for start, end in seq._checkpointed]


@pytest.mark.parametrize(
    ("change", "ranges"),
    [
        (lambda seq: seq.insert("a", nn.ReLU(), "x"), ["bc", "de"]),
        (lambda seq: seq.insert("b", nn.ReLU(), "x"), ["bc", "de"]),
        (lambda seq: seq.insert("c", nn.ReLU(), "x"), ["bxc", "de"]),
        (lambda seq: seq.insert("d", nn.ReLU(), "x"), ["bc", "de"]),
        (lambda seq: seq.append(nn.ReLU(), "x"), ["bc", "de"]),
        (lambda seq: seq.pop("a"), ["bc", "de"]),
        (lambda seq: seq.pop("b"), ["c", "de"]),
        (lambda seq: seq.pop(), ["bc", "de"]),
        (lambda seq: seq.__delitem__(slice("b", "d")), ["", "de"]),
    ],
)
def test_ranges_go_with_their_modules(change, ranges):
    seq = Seq({name: nn.ReLU() for name in NAMES}).checkpoint(("b", "d"), ("d", "f"))
    change(seq)
    assert names_in_ranges(seq) == ranges
    seq(torch.ones(1, requires_grad=True)).sum().backward()
