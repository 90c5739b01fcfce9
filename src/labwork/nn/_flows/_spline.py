"""Monotonic splines of rational quadratic functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

__all__ = ["Spline"]

_LEAST = 1e-3  # the least width and height of a bin, for a square of size 1, and the least slope
_SLOPE_1 = math.log(math.expm1(1 - _LEAST))  # where softplus gives what a slope of 1 lacks


@dataclass(frozen=True)
class Spline:
    """Splines that map [-bound, bound] to itself, one for each number; outside, the identity.

    Durkan et al.: Neural spline flows, 2019, section 3.1. K is the number of bins.

    Attributes:
        xs: where the bins begin and end, from -bound to bound, (…, K + 1).
        ys: the values there, (…, K + 1).
        slopes: the derivatives there, (…, K + 1).
        bound: half the side of the square.
    """

    xs: Tensor
    ys: Tensor
    slopes: Tensor
    bound: float

    @classmethod
    def of(cls, raw: Tensor, bound: float) -> Self:
        """The splines for any numbers, (…, 3K - 1): widths, heights, slopes; 0 is the identity."""
        count = (raw.shape[-1] + 1) // 3
        widths, heights, slopes = raw.split([count, count, count - 1], -1)
        inner = _LEAST + softplus(slopes + _SLOPE_1)
        return cls(
            _edges(widths, bound), _edges(heights, bound), pad(inner, (1, 1), value=1), bound
        )

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The value at ``x``, (…), and log |dy/dx|."""
        inside = x.abs() < self.bound
        # The derivative has to be finite where it isn't used, too.
        at = _Bin.of(self, torch.where(inside, x, 0), self.xs)
        y, ladj = at.forward(torch.where(inside, x, 0))
        return torch.where(inside, y, x), torch.where(inside, ladj, 0)

    def inverse(self, y: Tensor) -> Tensor:
        """Where the value is ``y``."""
        inside = y.abs() < self.bound
        at = _Bin.of(self, torch.where(inside, y, 0), self.ys)
        return torch.where(inside, at.inverse(torch.where(inside, y, 0)), y)


@dataclass(frozen=True)
class _Bin:
    """The bin that a number is in: its corner, size, slopes at its ends and mean slope."""

    x: Tensor
    y: Tensor
    width: Tensor
    height: Tensor
    slope0: Tensor
    slope1: Tensor

    @classmethod
    def of(cls, spline: Spline, value: Tensor, edges: Tensor) -> Self:
        index = (value[..., None] >= edges[..., 1:-1]).sum(-1, keepdim=True)
        x0, x1 = _pick(spline.xs, index)
        y0, y1 = _pick(spline.ys, index)
        return cls(x0, y0, x1 - x0, y1 - y0, *_pick(spline.slopes, index))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Equations 4 and 5."""
        s, t = self.height / self.width, (x - self.x) / self.width
        rest, product = 1 - t, t * (1 - t)
        below = s + (self.slope0 + self.slope1 - 2 * s) * product
        y = self.y + self.height * (s * t.square() + self.slope0 * product) / below
        above = self.slope1 * t.square() + 2 * s * product + self.slope0 * rest.square()
        return y, 2 * s.log() + above.log() - 2 * below.log()

    def inverse(self, y: Tensor) -> Tensor:
        """Equations 6 to 8."""
        s, above = self.height / self.width, y - self.y
        by_excess = above * (self.slope0 + self.slope1 - 2 * s)
        a = self.height * (s - self.slope0) + by_excess
        b = self.height * self.slope0 - by_excess
        c = -s * above
        root = (b.square() - 4 * a * c).clamp_min(0).sqrt()
        return self.x + self.width * (2 * c / (-b - root))


def _edges(raw: Tensor, bound: float) -> Tensor:
    count = raw.shape[-1]
    sizes = _LEAST + (1 - _LEAST * count) * raw.softmax(-1)
    inner = (2 * sizes.cumsum(-1)[..., :-1] - 1) * bound
    return pad(pad(inner, (1, 0), value=-bound), (0, 1), value=bound)


def _pick(edges: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    return edges.gather(-1, index).squeeze(-1), edges.gather(-1, index + 1).squeeze(-1)
