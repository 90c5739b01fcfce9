"""Flows have the densities that Zuko and nflows give them for the same parameters."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from labwork.nn import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    InvertibleConv1x1,
    Module,
    NormalizingFlow,
    PermuteChannels,
    Seq,
    SplineCoupling,
)

pytestmark = pytest.mark.usefixtures("seeded")

WIDTH, COUNT, BINS = 16, 6, 5


class Network(nn.Module):
    """As nflows calls it: with a context, which there is none of."""

    def __init__(self, in_count: int, out_count: int) -> None:
        super().__init__()
        layers = nn.Linear(in_count, WIDTH), nn.Tanh(), nn.Linear(WIDTH, out_count)
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor, context: None = None) -> Tensor:
        return self.layers(x)


def agree(ours: NormalizingFlow, log_prob, shape=(64, COUNT)) -> None:
    x = torch.randn(shape)
    found, expected = ours.log_prob(x), log_prob(x)
    assert (found - expected).abs().max() < 1e-4
    assert expected.std() > 0.1


class Given(Module):
    """A network that there is already, with its outputs in another order or of another scale."""

    def __init__(self, net: nn.Module, change=lambda out: out) -> None:
        super().__init__()
        self.net, self.change = net, change

    def forward(self, x: Tensor) -> Tensor:
        return self.change(self.net(x))


def given(net: nn.Module, change=lambda out: out):
    return lambda _: Given(net, change)


def test_affine_and_linear_parts_of_nflows():
    flows = pytest.importorskip("nflows.flows")
    transforms = pytest.importorskip("nflows.transforms")
    distributions = pytest.importorskip("nflows.distributions")
    mask = torch.arange(COUNT) >= COUNT // 2
    ours, theirs = [], []
    for _ in range(3):
        norm, order = transforms.ActNorm(COUNT), transforms.RandomPermutation(COUNT)
        linear = transforms.LULinear(COUNT)
        affine = transforms.AffineCouplingTransform(mask, Network)
        additive = transforms.AdditiveCouplingTransform(~mask, Network)
        theirs += [norm, order, linear, affine, additive]
        ours += [
            our_norm := ActNorm(),
            PermuteChannels(order._permutation.tolist()),
            our_linear := InvertibleConv1x1(),
            # Its scale is sigmoid(raw + 2) + 0.001.
            AffineCoupling(
                given(affine.transform_net),
                log_scale_f=lambda raw: (torch.sigmoid(raw + 2) + 1e-3).log(),
            ),
            AdditiveCoupling(given(additive.transform_net), swap=True),
        ]
        our_norm.build((2, COUNT)), our_linear.build((2, COUNT))
        for parameter in linear.parameters():
            nn.init.normal_(parameter, std=0.3)
        lower, upper = linear._create_lower_upper()
        our_linear.order.copy_(torch.arange(COUNT))
        our_linear.sign.fill_(1)
        our_linear.lower.data = lower.detach().tril(-1)
        our_linear.upper.data = upper.detach().triu(1)
        our_linear.log_scale.data = linear.upper_diag.detach().log()
        norm.log_scale.data = our_norm.log_scale.data = 0.3 * torch.randn(COUNT)
        norm.shift.data = our_norm.shift.data = torch.randn(COUNT)
        nn.init.zeros_(linear.bias)
    flow = flows.Flow(
        transforms.CompositeTransform(theirs), distributions.StandardNormal([COUNT])
    ).eval()
    agree(NormalizingFlow(Seq(*ours)).eval(), flow.log_prob)


@pytest.mark.filterwarnings("ignore:Inputs to the softmax are not scaled")
def test_splines_of_nflows():
    flows = pytest.importorskip("nflows.flows")
    transforms = pytest.importorskip("nflows.transforms")
    distributions = pytest.importorskip("nflows.distributions")
    mask = torch.arange(COUNT) >= COUNT // 2
    ours, theirs = [], []
    for swap in (False, True, False):
        spline = transforms.PiecewiseRationalQuadraticCouplingTransform(
            ~mask if swap else mask, Network, num_bins=BINS, tails="linear", tail_bound=2.0
        )
        theirs.append(spline)
        ours.append(
            SplineCoupling(
                given(spline.transform_net, from_nflows), bin_count=BINS, bound=2.0, swap=swap
            )
        )
    flow = flows.Flow(transforms.CompositeTransform(theirs), distributions.StandardNormal([COUNT]))
    agree(NormalizingFlow(Seq(*ours)), flow.log_prob)


def from_nflows(out: Tensor) -> Tensor:
    """Our inner slopes are 1 where the network gives 0, theirs where it gives log(e^0.999 - 1)."""
    shift = torch.zeros(3 * BINS - 1)
    shift[2 * BINS :] = math.log(math.expm1(1 - 1e-3))
    return (out.unflatten(1, (-1, 3 * BINS - 1)) - shift).flatten(1)


def halves_of_zuko(flow) -> list:
    """Zuko's even and odd features, as first and second half; and its networks."""
    return [transform.hyper for transform in flow.transform.transforms]


def test_affine_coupling_of_zuko():
    zuko = pytest.importorskip("zuko")
    flow = zuko.flows.NICE(COUNT, transforms=4, hidden_features=(WIDTH, WIDTH))
    ours = [PermuteChannels([0, 2, 4, 1, 3, 5])]
    for i, hyper in enumerate(halves_of_zuko(flow)):
        # Even features stay at first; each feature's shift and scale are neighbours.
        ours.append(AffineCoupling(given(hyper, by_kind), swap=i % 2 == 1))
    agree(NormalizingFlow(Seq(*ours)), flow().log_prob)


def by_kind(out: Tensor) -> Tensor:
    return out.unflatten(1, (-1, 2)).transpose(1, 2).flatten(1)


def test_splines_of_zuko():
    zuko = pytest.importorskip("zuko")
    shapes = [(BINS,), (BINS,), (BINS - 1,)]
    univariate = partial(zuko.transforms.MonotonicRQSTransform, bound=3.0)
    flow = zuko.flows.NICE(
        COUNT, transforms=3, hidden_features=(WIDTH,), univariate=univariate, shapes=shapes
    )
    ours = [PermuteChannels([0, 2, 4, 1, 3, 5])]
    for i, hyper in enumerate(halves_of_zuko(flow)):
        ours.append(
            SplineCoupling(given(hyper, from_zuko), bin_count=BINS, bound=3.0, swap=i % 2 == 1)
        )
    agree(NormalizingFlow(Seq(*ours)), flow().log_prob)


def from_zuko(out: Tensor, least: float = 1e-3) -> Tensor:
    """What gives us the bins and slopes that Zuko makes of ``out``."""

    def clipped(raw: Tensor, bound: float) -> Tensor:
        return raw / (1 + (raw / bound).abs())

    bound = -math.log(least)
    *sizes, slopes = out.unflatten(1, (-1, 3 * BINS - 1)).split([BINS, BINS, BINS - 1], -1)
    raw_sizes = [
        ((clipped(raw, bound / 2).softmax(-1) - least) / (1 - BINS * least)).log() for raw in sizes
    ]
    one = math.log(math.expm1(1 - least))
    raw_slopes = (clipped(slopes, bound).exp() - least).expm1().log() - one
    return torch.cat([*raw_sizes, raw_slopes], -1).flatten(1)
