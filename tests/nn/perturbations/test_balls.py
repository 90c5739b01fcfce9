"""Laws of balls: projections, and uniform distributions."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from labwork.nn.perturbations import Ball, Box, L1Ball, L2Ball, LInfBall, Normal, NormBall

NORM_BALLS = (L1Ball, L2Ball, LInfBall)
ORDERS = {L1Ball: 1, L2Ball: 2, LInfBall: float("inf")}
COUNT = 4000
# What the Kolmogorov-Smirnov statistic of one sample exceeds with a probability of 0.001.
FAR = 1.95

radii = st.floats(0, 10)
balls = st.one_of(
    st.builds(lambda kind, radius: kind(radius), st.sampled_from(NORM_BALLS), radii),
    st.builds(lambda low, size: Box(low, low + size), st.floats(-3, 3), radii),
)
sizes = st.lists(st.integers(1, 4), max_size=3)
shapes = st.builds(lambda count, rest: (count, *rest), st.integers(0, 4), sizes)
seeds = st.integers(0, 2**31)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def points(shape: tuple[int, ...], seed: int, size: float = 5) -> Tensor:
    return size * torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def flat(x: Tensor) -> Tensor:
    return x.reshape(len(x), math.prod(x.shape[1:]))


def distance(values: Tensor) -> Tensor:
    """How far the distribution of numbers is from that of [0, 1], in units of chance."""
    ordered, steps = values.sort().values, torch.arange(len(values) + 1) / len(values)
    gaps = torch.maximum((ordered - steps[:-1]).abs(), (ordered - steps[1:]).abs())
    return gaps.max() * len(values) ** 0.5


def excess(ball: Ball, x: Tensor, center: float) -> Tensor:
    """How far each sample is outside, by an independent account."""
    vectors = flat(x)
    if isinstance(ball, Box):
        return torch.maximum(ball.low - vectors, vectors - ball.high).amax(1)
    return torch.linalg.vector_norm(vectors - center, ORDERS[type(ball)], dim=1) - ball.radius


@given(balls, shapes, seeds, st.floats(-2, 2))
def test_projections_are_in_the_ball(ball, shape, seed, center):
    x = points(shape, seed)
    projected = ball.project(x, center)
    assert projected.shape == x.shape
    assert (excess(ball, projected, center) <= 1e-9).all()
    torch.testing.assert_close(ball.project(projected, center), projected, atol=1e-9, rtol=1e-9)
    inside = excess(ball, x, center) <= 0
    torch.testing.assert_close(projected[inside], x[inside], atol=1e-12, rtol=1e-12)


@given(balls, shapes, seeds, st.floats(-2, 2))
def test_projections_are_nearest(ball, shape, seed, center):
    """The projection p of x is the one point with (x - p)·(z - p) ≤ 0 for all z of the ball."""
    x = points(shape, seed)
    p = ball.project(x, center)
    for other in range(5):
        z = ball.sample(x, center, generator(other))
        products = flat((x - p) * (z - p)).sum(1)
        assert (products <= 1e-8 * (1 + ball_size(ball))).all()


def ball_size(ball: Ball) -> float:
    return ball.radius if isinstance(ball, NormBall) else ball.high - ball.low


@given(balls, shapes, seeds, st.floats(-2, 2))
def test_samples_are_in_the_ball(ball, shape, seed, center):
    x = torch.empty(shape, dtype=torch.float64)
    drawn = ball.sample(x, center, generator(seed))
    assert drawn.shape == x.shape
    assert (excess(ball, drawn, center) <= 1e-9).all()
    assert torch.equal(drawn, ball.sample(x, center, generator(seed)))


@given(st.sampled_from(NORM_BALLS), radii, shapes, seeds)
def test_norms_are_those_of_the_balls(kind, radius, shape, seed):
    x = points(shape, seed)
    norms = torch.linalg.vector_norm(flat(x), ORDERS[kind], dim=1)
    torch.testing.assert_close(kind(radius).norm(x), norms)


@pytest.mark.parametrize("kind", NORM_BALLS)
@pytest.mark.parametrize("size", [1, 3, 20])
def test_volumes_are_uniform(kind, size):
    """Within a norm of r lies the share r^D of the ball of radius 1."""
    drawn = kind(2.0).sample(torch.empty(COUNT, size), 5.0, generator(0))
    norms = torch.linalg.vector_norm(drawn - 5, ORDERS[kind], dim=1)
    assert distance((norms / 2) ** size) < FAR


@pytest.mark.parametrize("kind", NORM_BALLS)
def test_samples_are_as_those_of_the_cube_that_lie_in_the_ball(kind):
    """Rejection is uniform by construction; compared are projections on random directions."""
    drawn = kind(1.0).sample(torch.empty(COUNT, 3), 0.0, generator(1))
    cube = 2 * torch.rand(60_000, 3, generator=generator(2)) - 1
    accepted = cube[torch.linalg.vector_norm(cube, ORDERS[kind], dim=1) <= 1]
    directions = torch.cat([torch.eye(3), torch.randn(3, 5, generator=generator(3))], 1)
    for mine, others in zip((drawn @ directions).T, (accepted @ directions).T, strict=True):
        ranks = torch.searchsorted(others.sort().values, mine.contiguous()) / len(others)
        # The other sample is a sample too.
        assert distance(ranks) < FAR * (1 + COUNT / len(others)) ** 0.5


def test_boxes_and_normal_distributions():
    like = torch.empty(COUNT)
    assert distance((Box(0.25, 2).sample(like, 9.0, generator(0)) - 0.25) / 1.75) < FAR
    numbers = (Normal(0.1).sample(like, 9.0, generator(0)) - 9) / 0.1
    assert distance(torch.special.ndtr(numbers.double()).float()) < FAR


@pytest.mark.parametrize("ball", [LInfBall(0.1), L2Ball(1.0), L1Ball(2.0), Box(-1, 1)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(ball, dtype):
    x = (1000 * torch.randn(4, 3000, generator=generator(0))).to(dtype)  # squares overflow
    for values in (ball.project(x), ball.sample(x, 0.0, generator(0))):
        assert values.dtype == dtype
        assert (excess(ball, values.double(), 0.0) <= 0.05).all()
