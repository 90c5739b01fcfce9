"""Balls: sets that parameters are projected onto and drawn from, sample by sample."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._precision import precise
from labwork.nn.perturbations._distributions import Distribution, check_size
from labwork.nn.perturbations._draws import exponential, normal, uniform

__all__ = ["Ball", "Box", "L1Ball", "L2Ball", "LInfBall", "NormBall"]


class Ball(Distribution):
    """A convex set of values for each sample of parameters (N, …), with its uniform distribution.

    A norm is taken over all dimensions but the first.
    """

    @abstractmethod
    def project(self, x: Tensor, center: float = 0.0) -> Tensor:
        """The nearest point of the ball to each sample of ``x``, (N, …), by the Euclidean norm.

        Args:
            x: (N, …).
            center: the value that stands for no perturbation, about which the ball lies.
        """


@final
@dataclass(frozen=True)
class Box(Ball):
    """Values from ``low`` to ``high``, wherever no perturbation lies.

    Args:
        low: the least value.
        high: the greatest, no less than ``low``.

    >>> Box(0.25, 2).project(torch.tensor([[0.0, 1.0, 3.0]]))
    tensor([[0.2500, 1.0000, 2.0000]])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ConfigError(f"Box: low must be at most high, not {self.low} and {self.high}")

    def project(self, x: Tensor, center: float = 0.0) -> Tensor:
        return x.clamp(self.low, self.high)

    def sample(
        self, like: Tensor, center: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        values = self.low + (self.high - self.low) * uniform(like, generator)
        return values.to(like.dtype).clamp(self.low, self.high)


@dataclass(frozen=True)
class NormBall(Ball):
    """Values whose difference from no perturbation has a norm of at most ``radius``."""

    radius: float

    def __post_init__(self) -> None:
        check_size(self, radius=self.radius)

    @abstractmethod
    def norm(self, x: Tensor) -> Tensor:
        """The norm of each sample of ``x``, (N, …), in float32 at least; shape (N,)."""

    @abstractmethod
    def shrink(self, x: Tensor) -> Tensor:
        """The projection of vectors (N, D)."""

    @abstractmethod
    def draw(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        """Vectors (N, D) uniformly distributed in the ball of radius 1 about 0."""

    def project(self, x: Tensor, center: float = 0.0) -> Tensor:
        offsets = _flat(precise(x)) - center
        return (self.shrink(offsets) + center).reshape(x.shape).to(x.dtype)

    def sample(
        self, like: Tensor, center: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        drawn = self.draw(_flat(like), generator)
        return (center + self.radius * drawn).reshape(like.shape).to(like.dtype)


@final
@dataclass(frozen=True)
class LInfBall(NormBall):
    """Values of which none differs by more than ``radius`` from no perturbation.

    >>> LInfBall(1.0).project(torch.tensor([[3.0, 0.5]]))
    tensor([[1.0000, 0.5000]])
    """

    def norm(self, x: Tensor) -> Tensor:
        return _flat(precise(x)).abs().amax(1)

    def shrink(self, x: Tensor) -> Tensor:
        return x.clamp(-self.radius, self.radius)

    def draw(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        return 2 * uniform(like, generator) - 1


@final
@dataclass(frozen=True)
class L2Ball(NormBall):
    """Values whose Euclidean distance from no perturbation is at most ``radius``.

    >>> L2Ball(1.0).project(torch.tensor([[3.0, 4.0], [0.3, 0.4]]))
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """

    def norm(self, x: Tensor) -> Tensor:
        return _flat(precise(x)).norm(dim=1)

    def shrink(self, x: Tensor) -> Tensor:
        norms = self.norm(x)[:, None]
        return (x * (self.radius / _nonzero(norms))).where(norms > self.radius, x)

    def draw(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        directions = normal(like, generator)
        # The volume within r grows as r to the power of the number of dimensions.
        radii = uniform(like[:, :1], generator) ** (1 / like.shape[1])
        return directions / _nonzero(self.norm(directions)[:, None]) * radii


@final
@dataclass(frozen=True)
class L1Ball(NormBall):
    """Values whose absolute differences from no perturbation add up to at most ``radius``.

    The projection is that of Duchi et al.: Efficient projections onto the l1-ball for learning in
    high dimensions, 2008, figure 1.

    >>> L1Ball(1.0).project(torch.tensor([[2.0, -1.5, 0.1]]))
    tensor([[ 0.7500, -0.2500,  0.0000]])
    """

    def norm(self, x: Tensor) -> Tensor:
        return _flat(precise(x)).abs().sum(1)

    def shrink(self, x: Tensor) -> Tensor:
        sizes = x.abs()
        ordered = sizes.sort(1, descending=True).values
        ranks = torch.arange(1, x.shape[1] + 1, device=x.device)
        thresholds = (ordered.cumsum(1) - self.radius) / ranks
        # The greatest of them is the one at the last rank whose value is above its threshold.
        shrunk = (sizes - thresholds.amax(1, keepdim=True)).clamp_min(0) * x.sign()
        return shrunk.where(sizes.sum(1, keepdim=True) > self.radius, x)

    def draw(self, like: Tensor, generator: torch.Generator | None) -> Tensor:
        # All but one of D + 1 exponential numbers, by the sum of all, are uniform in the simplex.
        sizes = exponential(like, generator)
        rest = exponential(like[:, :1], generator)
        signs = torch.where(uniform(like, generator) < 0.5, -1.0, 1.0).to(sizes.dtype)
        return signs * sizes / (sizes.sum(1, keepdim=True) + rest)


def _flat(x: Tensor) -> Tensor:
    return x.reshape(len(x), math.prod(x.shape[1:]))


def _nonzero(norms: Tensor) -> Tensor:
    return norms.clamp_min(torch.finfo(norms.dtype).tiny)
