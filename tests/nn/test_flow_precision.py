"""Densities have the digits of float32, in any precision around; samples follow the module."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import (
    Categorical,
    Cauchy,
    Laplace,
    LowRankMultivariateNormal,
    MultivariateNormal,
    Normal,
)

from labwork.core import ConfigError
from labwork.nn import (
    AffineCoupling,
    BaseDistribution,
    FlowHead,
    Module,
    NormalizingFlow,
    Seq,
    StandardNormal,
)

pytestmark = pytest.mark.usefixtures("seeded")

SIZE = 512
some = 0.5 + torch.rand(SIZE, generator=torch.Generator().manual_seed(2))

BASES: dict[str, Callable[[], Module]] = {
    "StandardNormal": lambda: StandardNormal().build((1, SIZE)),
    "Normal": lambda: BaseDistribution(Normal, loc=some - 1, scale=some),
    "Laplace": lambda: BaseDistribution(Laplace, loc=nn.Parameter(some), scale=some),
    "LowRank": lambda: BaseDistribution(
        LowRankMultivariateNormal, loc=some, cov_factor=some[:, None], cov_diag=some
    ),
}
every = pytest.mark.parametrize("make", BASES.values(), ids=BASES)
narrow = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


def off_by(scores: Tensor, expected: Tensor) -> float:
    """The largest error, relative to the largest number."""
    assert scores.dtype == torch.float32
    return ((scores - expected).abs().max() / expected.abs().max()).item()


@every
@narrow
def test_density_of_half_precision_has_the_digits_of_single(make, dtype: torch.dtype):
    base, z = make().to(dtype), torch.randn(4, SIZE).to(dtype)
    exact = copy.deepcopy(base).double().log_prob(z.double())
    assert off_by(base.log_prob(z), exact) < 1e-5


@every
def test_density_under_autocast_is_that_without(make):
    base, z = make(), torch.randn(4, SIZE)
    with torch.autocast("cpu", torch.bfloat16):
        found = base.log_prob(z)
    assert torch.equal(found, base.log_prob(z))


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_samples_follow_the_module(make, dtype: torch.dtype):
    base = make().to(dtype)
    assert base.sample(3).dtype == dtype
    moved = base.to("meta")
    for generator in (None, torch.Generator()):
        drawn = moved.sample(3, temperature=0.5, generator=generator)
        assert (drawn.device.type, drawn.dtype, drawn.shape) == ("meta", dtype, (3, SIZE))
    assert moved.log_prob(torch.empty(3, SIZE, device="meta", dtype=dtype)).shape == (3,)


@every
def test_samples_are_those_of_the_generator(make):
    flow = NormalizingFlow(Seq(AffineCoupling()), make()).build((1, SIZE))
    generator, state = torch.Generator().manual_seed(5), torch.get_rng_state()
    first, second = (flow.sample(3, generator=generator) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, second)
    assert torch.equal(flow.sample(3, generator=generator.manual_seed(5)), first)
    assert torch.equal(copy.deepcopy(flow).sample(3, generator=generator.manual_seed(5)), first)


@every
def test_temperature_shrinks_what_is_drawn_about_the_mean(make):
    flow = NormalizingFlow(Seq(), make())
    generator = torch.Generator()
    warm, cool, cold = (
        flow.sample(9, temperature=t, generator=generator.manual_seed(7)) for t in (1.0, 0.7, 0.0)
    )
    torch.testing.assert_close(cool - cold, 0.7 * (warm - cold), rtol=1e-4, atol=1e-5)
    assert torch.equal(cold, cold[:1].expand(9, SIZE))


def test_reduced_temperature_is_that_of_a_narrower_normal():
    """Kingma and Dhariwal, section 6: p(z)^(1/T²) is normal with T times the deviation."""
    loc, scale = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])
    drawn = BaseDistribution(Normal, loc=loc, scale=scale).sample(50_000, temperature=0.7)
    torch.testing.assert_close(drawn.mean(0), loc, rtol=0, atol=0.05)
    torch.testing.assert_close(drawn.std(0), 0.7 * scale, rtol=0.02, atol=0)


def test_where_there_is_no_mean_there_is_no_temperature():
    base = BaseDistribution(Cauchy, loc=torch.zeros(2), scale=torch.ones(2))
    assert base.sample(3).shape == (3, 2)
    with pytest.raises(ConfigError, match=r"no mean.* a temperature of 0\.7"):
        base.sample(3, temperature=0.7)


def test_numbers_that_are_drawn_stay_whole():
    base = BaseDistribution(Categorical, logits=torch.zeros(2, 3)).bfloat16()
    assert base.sample(4).dtype == torch.int64


def test_base_of_dependent_dimensions_takes_half_precision():
    base = BaseDistribution(
        MultivariateNormal, loc=torch.zeros(3), covariance_matrix=torch.eye(3)
    ).bfloat16()
    assert base.log_prob(torch.zeros(2, 3).bfloat16()).dtype == torch.float32
    assert base.sample(2).dtype == torch.bfloat16


def heads(offset: float = 0.0, spread: float = 1.0) -> tuple[FlowHead, Tensor]:
    """A head of ten classes, and latents that belong to them."""
    head = FlowHead(10).build((1, 3072))
    with torch.no_grad():
        head.means.mul_(spread).add_(offset)
        nn.init.normal_(head.class_logits)
        return head, head.means[:8] + torch.randn(8, 3072)


def exact(head: FlowHead, z: Tensor) -> Tensor:
    return copy.deepcopy(head).double()(z.double())


@pytest.mark.parametrize("offset", [0.0, 1000.0])
@pytest.mark.parametrize("spread", [1.0, 1000.0])
def test_scores_of_a_head_are_exact_wherever_the_latents_are(offset: float, spread: float):
    head, z = heads(offset, spread)
    scores, expected = head(z), exact(head, z)
    own = expected.diagonal().abs()
    assert (scores.diagonal() - expected.diagonal()).abs().max() < 2e-7 * own.max()
    assert off_by(scores, expected) < 2e-7


@narrow
def test_scores_of_a_head_of_half_precision_are_exact(dtype: torch.dtype):
    head, z = heads()
    head, z = head.to(dtype), z.to(dtype)
    assert off_by(head(z), exact(head, z)) < 2e-7
    head(z).logsumexp(1).sum().backward()
    assert {p.grad.dtype for p in head.parameters()} == {dtype}


def test_scores_of_a_head_under_autocast_are_those_without():
    head, z = heads()
    with torch.autocast("cpu", torch.bfloat16):
        found = head(z)
    assert torch.equal(found, head(z))
    assert head.double()(z.double()).dtype == torch.float64


def test_scores_of_a_head_have_second_derivatives():
    head = FlowHead(3).double().build((1, 4))
    z = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(head, z)
