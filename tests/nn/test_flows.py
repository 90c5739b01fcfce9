"""Flows: parts of the way, densities that other libraries agree with, and bad input."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Laplace, MultivariateNormal, Normal

from labwork.core import ConfigError, StateError
from labwork.nn import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    BaseDistribution,
    Dequantize,
    GlowStep,
    Identity,
    InvertibleConv1x1,
    IRevNetBlock,
    MultiScale,
    NormalizingFlow,
    PadChannels,
    Permute,
    PermuteChannels,
    ReversibleSeq,
    Seq,
    SplineCoupling,
    Squeeze,
    check_inverse,
)

pytestmark = pytest.mark.usefixtures("seeded")


def test_actnorm_begins_with_the_first_batch():
    norm, x = ActNorm(), 5 + 3 * torch.randn(64, 3, 4, 4)
    norm.build(x.shape)
    assert not norm.initialized
    norm.eval()(x)
    assert not norm.initialized
    y = norm.train()(x)
    assert norm.initialized
    assert y.mean((0, 2, 3)).abs().max() < 1e-5
    assert (y.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-5
    before = norm.shift.clone()
    norm(100 * x)
    assert torch.equal(norm.shift, before)


def test_actnorm_that_is_loaded_does_not_begin_again():
    norm = ActNorm()
    norm(torch.randn(8, 3))
    for make_first in (True, False):
        other = ActNorm()
        if make_first:
            other.build((8, 3))
        other.load_state_dict(norm.state_dict())
        other(7 * torch.randn(8, 3))
        assert torch.equal(other.shift, norm.shift)


def test_actnorm_of_a_constant_channel_is_finite():
    y, ladj = ActNorm().call_and_ladj(torch.ones(4, 2))
    assert y.isfinite().all()
    assert ladj.isfinite().all()


def test_conv_begins_as_a_rotation():
    conv = InvertibleConv1x1().build((1, 6))
    assert (conv.weight @ conv.weight.T - torch.eye(6)).abs().max() < 1e-5
    assert conv.call_and_ladj(torch.randn(3, 6))[1].abs().max() < 1e-5
    assert sorted(conv.order.tolist()) == list(range(6))


def test_squeeze_is_that_of_torch_and_of_the_paper():
    x = torch.randn(2, 3, 6, 4)
    assert torch.equal(Squeeze(2)(x), nn.functional.pixel_unshuffle(x, 2))
    by_place = Squeeze(2, order="place")(x)
    corners = [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    assert torch.equal(by_place, torch.cat(corners, 1))


def test_spline_is_monotonic_and_the_identity_outside():
    coupling = SplineCoupling(bin_count=5, bound=2.0).double().build((1, 2))
    for parameter in coupling.parameters():
        nn.init.normal_(parameter)
    x = torch.linspace(-4, 4, 4001, dtype=torch.float64)
    pairs = torch.stack([torch.full_like(x, 0.3), x], 1)
    y = coupling(pairs)[:, 1]
    assert (y.diff() > 0).all()
    assert torch.equal(y[x.abs() >= 2], x[x.abs() >= 2])


@pytest.mark.parametrize("coupling_f", [AdditiveCoupling, AffineCoupling, SplineCoupling])
@pytest.mark.parametrize("shape", [(3, 5), (3, 4, 4, 4)])
def test_couplings_begin_as_the_identity(coupling_f, shape):
    x = torch.randn(shape)
    y, ladj = coupling_f().call_and_ladj(x)
    assert (y - x).abs().max() < 1e-5
    assert ladj.abs().max() < 1e-4


def test_check_inverse_tells_how_far_it_is():
    class Wrong(Identity):
        def inverse_forward(self, y: Tensor) -> Tensor:
            return y + 0.5

    assert check_inverse(GlowStep(), torch.randn(4, 6)) < 1e-5
    with pytest.raises(ValueError, match=r"inverse of Wrong is off by 0\.5"):
        check_inverse(Wrong(), torch.zeros(1, 2))


def test_flow_of_linear_maps_is_the_normal_density_that_it_should_be():
    flow = NormalizingFlow(Seq(ActNorm(), InvertibleConv1x1())).double().build((8, 4))
    x = 2 * torch.randn(8, 4, dtype=torch.float64) + 1
    flow(x)  # begins normalized
    norm, conv = flow.transform
    matrix = conv.weight @ norm.log_scale.exp().diag()
    mean = -norm.shift / norm.log_scale.exp()
    expected = MultivariateNormal(mean, precision_matrix=matrix.T @ matrix)
    assert (flow.log_prob(x) - expected.log_prob(x)).abs().max() < 1e-10


def test_samples_have_the_density():
    base = BaseDistribution(Laplace, loc=torch.zeros(2), scale=torch.ones(2))
    flow = NormalizingFlow(Seq(InvertibleConv1x1(), AffineCoupling()), base).build((1, 2))
    x = flow.sample(20_000)
    assert x.shape == (20_000, 2)
    entropy = 2 * (1 + math.log(2))  # the transform keeps the volume
    assert abs(-flow.log_prob(x).mean().item() - entropy) < 0.05


def test_base_moves_and_is_saved_with_the_flow():
    base = BaseDistribution(Laplace, loc=torch.zeros(2), scale=nn.Parameter(torch.ones(2)))
    flow = NormalizingFlow(Identity(), base).double()
    assert flow.sample(1).dtype == torch.float64
    assert set(flow.state_dict()) == {"base.loc", "base.scale"}
    flow.log_prob(torch.ones(3, 2, dtype=torch.float64)).sum().backward()
    assert base.scale.grad is not None
    normal = NormalizingFlow(ActNorm()).double().build((1, 3))
    assert normal.sample(2).dtype == torch.float64


def test_temperature_scales_what_is_drawn():
    flow = NormalizingFlow(Identity()).build((1, 2))
    torch.manual_seed(1)
    warm = flow.sample(4)
    torch.manual_seed(1)
    assert torch.equal(flow.sample(4, temperature=0.5), 0.5 * warm)


def test_multi_scale_halves_level_by_level():
    flow = MultiScale(Squeeze(), Seq(Squeeze()), Identity()).build((1, 3, 8, 8))
    x = torch.randn(2, 3, 8, 8)
    first, second, third = flow.unflatten(flow(x))
    assert first.shape == (2, 6, 4, 4)
    assert second.shape == (2, 12, 2, 2)
    assert third.shape == (2, 12, 2, 2)
    assert torch.equal(first, Squeeze()(x)[:, :6])


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: Permute(1, 0), None, r"each dimension once, 0 \(the batch\) first"),
        (Permute, None, r"each dimension once, .* not \(\)"),
        (MultiScale, None, "a level or more"),
        (lambda: NormalizingFlow(nn.Linear(2, 2)), None, "Linear has no inverse"),
        (lambda: NormalizingFlow(Seq(nn.ReLU())), None, r"transform\.0 \(ReLU\) has no inverse"),
        (lambda: NormalizingFlow(Identity(), nn.Identity()), None, "sample.*, not Identity"),
        (lambda: NormalizingFlow(Identity(), Normal(0.0, 1.0)), None, "such as Base.*, not Normal"),
        (lambda: PermuteChannels([0, 2]), (1, 2), "each of 2 channels once"),
        (lambda: Squeeze(0), None, "factor of 1 or more"),
        (Squeeze, (1, 3, 5, 4), r"not \(1, 3, 5, 4\)"),
        (lambda: PadChannels(-1), None, "0 or more, not -1"),
        (AffineCoupling, (4, 1), r"two channels or more, not \(4, 1\)"),
        (AffineCoupling, (4, 2, 5), r"give the coupling another net_f"),
        (lambda: SplineCoupling(bin_count=1), None, "not 1 and 3"),
        (InvertibleConv1x1, (4,), r"not \(4,\)"),
        (lambda: IRevNetBlock(8), (1, 3, 4, 4), r"takes \(N, 16, H, W\), not \(1, 3, 4, 4\)"),
        (lambda: IRevNetBlock(8, width_factors=(1,)), None, "as many kernel_sizes"),
    ],
)
def test_what_can_not_be_is_told(make, shape, message):
    with pytest.raises(ConfigError, match=message):
        make().build(shape)


def test_part_without_inverse_is_named():
    seq = Seq(norm=ActNorm(), inner=Seq(act=nn.ReLU()))
    with pytest.raises(ConfigError, match=r"ROOT\.inner\.act \(ReLU\) has no inverse"):
        _ = seq.inverse
    scales = MultiScale(Seq(ActNorm(), nn.ReLU()))
    with pytest.raises(ConfigError, match=r"ROOT\.level0\.1 \(ReLU\) has no inverse"):
        _ = scales.inverse


@pytest.mark.parametrize(
    "ask", [lambda m: m.inverse, lambda m: m.inverse_forward(torch.ones(1, 2))]
)
def test_inverse_of_what_is_not_built_is_told(ask):
    with pytest.raises(StateError, match="ActNorm isn't built"):
        ask(ActNorm())


def test_sample_of_what_is_not_built_is_told():
    with pytest.raises(StateError, match="isn't built"):
        NormalizingFlow(ActNorm()).sample(1)


def test_no_volume_change_where_channels_are_added():
    assert torch.equal(PadChannels(0).call_and_ladj(torch.ones(2, 1))[1], torch.zeros(2))
    for first in (True, False):
        pad, x = PadChannels(2, first=first), torch.randn(2, 3, 4)
        assert torch.equal(pad.inverse(pad(x)), x)
        with pytest.raises(ConfigError, match="no volume change from 3 to 5 channels"):
            pad.call_and_ladj(x)


@pytest.mark.slow
def test_actnorm_begins_with_the_batch_of_all_processes(tmp_path: Path):
    """Two processes with batches of 4 and 6 come to what one with all 10 comes to."""
    code = """
import sys, torch
from torch import distributed
from labwork.nn import ActNorm
rank, file = int(sys.argv[1]), sys.argv[2]
x = torch.randn(10, 3, generator=torch.Generator().manual_seed(0)) * 3 + 1
distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
norm = ActNorm()
norm(x[:4] if rank == 0 else x[4:])
distributed.destroy_process_group()
alone = ActNorm()
alone(x)
torch.testing.assert_close(norm.state_dict(), alone.state_dict())
"""
    command = [sys.executable, "-W", "error", "-c", code]
    runs = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting")], stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], errors


class PerNumber(nn.Module):
    """A base distribution that doesn't sum up."""

    def forward(self, z: Tensor) -> Tensor:
        return -z.square()

    def sample(self, count: int) -> Tensor:
        return torch.zeros(count, 2)


def test_base_gives_a_number_for_each_sample():
    flow = NormalizingFlow(Identity(), PerNumber())
    with pytest.raises(ConfigError, match=r"gives \(2, 2\) for \(2, 2\).*each sample, \(2,\)"):
        flow.log_prob(torch.zeros(2, 2))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 2)])
def test_base_has_the_shape_of_what_it_is_given(shape: tuple[int, ...]):
    base = BaseDistribution(Normal, loc=torch.zeros(shape), scale=torch.ones(shape))
    with pytest.raises(ConfigError, match=r"has the shape .* and what comes in \(2,\)"):
        NormalizingFlow(Identity(), base).log_prob(torch.zeros(2, 2))
    z = torch.randn(5, *shape)
    expected = Normal(0.0, 1.0).log_prob(z).reshape(5, -1).sum(1)
    torch.testing.assert_close(base.log_prob(z), expected)


def test_base_may_have_dimensions_that_depend_on_each_other():
    base = BaseDistribution(
        MultivariateNormal, loc=torch.zeros(2), covariance_matrix=2 * torch.eye(2)
    )
    assert NormalizingFlow(Identity(), base).log_prob(torch.zeros(3, 2)).shape == (3,)


@pytest.mark.parametrize("shape", [(1, 3, 2, 2), (1, 4, 2), (1, 4)])
def test_inverse_of_squeeze_takes_squares(shape: tuple[int, ...]):
    with pytest.raises(ConfigError, match=r"the inverse of Squeeze\(2\) takes \(N, C, H, W\)"):
        Squeeze(2).inverse(torch.zeros(shape))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_dequantized_is_below_1(dtype: torch.dtype):
    x = Dequantize(256)(torch.ones(2**20, dtype=dtype))  # about 8 would be 1 in float32
    assert x.dtype == dtype
    assert x.max() < 1


@pytest.mark.parametrize(
    "make",
    [
        AdditiveCoupling,
        lambda: PadChannels(0),
        lambda: MultiScale(PadChannels(0)),
        lambda: ReversibleSeq(AdditiveCoupling()),
    ],
)
def test_volume_change_of_half_precision_is_single(make):
    x = torch.ones(2, 4).half()
    assert make().half().call_and_ladj(x)[1].dtype == torch.float32


@pytest.mark.filterwarnings("ignore:.*trace:DeprecationWarning")
def test_traced_flow_is_the_same():
    base = BaseDistribution(Laplace, loc=torch.zeros(4, 2, 2), scale=torch.ones(4, 2, 2))
    flow = NormalizingFlow(Seq(Squeeze(), AffineCoupling()), base).build((1, 1, 4, 4))
    x = torch.randn(3, 1, 4, 4)
    traced = torch.jit.trace(flow, (x[:2],))
    torch.testing.assert_close(traced(x), flow(x))
    back = torch.jit.trace(flow.transform[:1].inverse, (torch.randn(2, 4, 2, 2),))
    y = torch.randn(3, 4, 2, 2)
    assert torch.equal(back(y), flow.transform[:1].inverse(y))
