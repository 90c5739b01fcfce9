"""StochasticDepth: leaves a branch out, at random, for each sample."""

from __future__ import annotations

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._module import Module

__all__ = ["StochasticDepth"]


class StochasticDepth(Module):
    """In training, sets a part of the samples to zero, and divides the others by the rest.

    At the end of a residual branch, it leaves the branch out. Huang et al.: Deep networks with
    stochastic depth, 2016.

    Args:
        p: the part of the samples that is set to zero, in [0, 1).

    Shape: (N, …) to (N, …).

    >>> StochasticDepth(0.5).eval()(torch.ones(1, 2))
    tensor([[1., 1.]])
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ConfigError(f"p is in [0, 1), not {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """``x`` as it is, or zero, or ``x / (1 - p)``."""
        if not self.training or self.p == 0:
            return x
        keep = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.p
        return x * keep.to(x.dtype) / (1 - self.p)

    def extra_repr(self) -> str:
        """The argument, as written."""
        return f"{self.p}"
