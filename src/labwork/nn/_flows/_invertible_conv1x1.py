"""InvertibleConv1x1: a linear map of the channels, by its LU decomposition."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._invertible import Invertible
from labwork.nn._precision import precise

__all__ = ["InvertibleConv1x1"]

_APPLY: dict[int, Callable[[Tensor, Tensor], Tensor]] = {
    2: F.linear,
    3: F.conv1d,
    4: F.conv2d,
    5: F.conv3d,
}


class InvertibleConv1x1(Invertible):
    """y = W x at each place, with W = P L (U + diag(s)).

    P is a fixed permutation, L is lower triangular with ones on its diagonal, U is strictly upper
    triangular, and the signs of s are fixed. So log |det W| is the sum of log |s|, for any number
    of channels. W begins as a random rotation. Kingma and Dhariwal: Glow, 2018, equations 10, 11.

    Shape: (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W) to the same; the log of the volume
    change is the number of places times the sum of log |s|.

    Raises:
        ConfigError: where the input has another number of dimensions.

    >>> conv = InvertibleConv1x1().build((1, 4, 8, 8))
    >>> y, ladj = conv.call_and_ladj(torch.ones(2, 4, 8, 8))
    >>> ladj.shape, bool(ladj.abs().max() < 1e-4)
    (torch.Size([2]), True)
    """

    order: Tensor
    sign: Tensor

    def setup(self, x: Tensor) -> None:
        """Makes a random rotation, for the number of channels, and decomposes it."""
        if x.ndim not in _APPLY:
            raise ConfigError(
                "InvertibleConv1x1 takes (N, C) with up to three dimensions of space, not"
                f" {tuple(x.shape)}"
            )
        rotation, _ = torch.linalg.qr(torch.randn(x.shape[1], x.shape[1]))
        permutation, lower, upper = torch.linalg.lu(rotation)
        self.register_buffer("order", permutation.argmax(1))
        self.register_buffer("sign", upper.diagonal().sign())
        self.lower = nn.Parameter(lower.tril(-1))
        self.upper = nn.Parameter(upper.triu(1))
        self.log_scale = nn.Parameter(upper.diagonal().abs().log())

    @property
    def weight(self) -> Tensor:
        """W, shape (C, C)."""
        lower, upper = self._factors()
        return (lower @ upper)[self.order]

    def forward(self, x: Tensor) -> Tensor:
        """The channels at each place, mapped."""
        return _apply(self.weight, x)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return _apply(self._inverse_weight(), y)

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self(x), self._ladj(x)

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse_forward(y), -self._ladj(y)

    def _factors(self) -> tuple[Tensor, Tensor]:
        identity = torch.ones_like(self.log_scale).diag()
        diagonal = (self.sign * self.log_scale.exp()).diag()
        return self.lower.tril(-1) + identity, self.upper.triu(1) + diagonal

    def _inverse_weight(self) -> Tensor:
        lower, upper = map(precise, self._factors())  # what solves has no half precision
        permutation = torch.ones_like(lower[0]).diag()[:, self.order]
        solved = torch.linalg.solve_triangular(lower, permutation, upper=False, unitriangular=True)
        return torch.linalg.solve_triangular(upper, solved, upper=True).to(self.lower.dtype)

    def _ladj(self, x: Tensor) -> Tensor:
        return (precise(self.log_scale).sum() * prod(x.shape[2:])).expand(x.shape[0])


def _apply(weight: Tensor, x: Tensor) -> Tensor:
    return _APPLY[x.ndim](x, weight.view(*weight.shape, *[1] * (x.ndim - 2)))
