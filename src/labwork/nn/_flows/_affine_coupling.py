"""AffineCoupling: a half of the channels is scaled and shifted."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from labwork.nn._flows._coupling import Coupling
from labwork.nn._flows._coupling_net import CouplingNet
from labwork.nn._precision import precise

__all__ = ["AffineCoupling", "soft_clip"]


def soft_clip(x: Tensor, bound: float = math.log(1000)) -> Tensor:
    """Nearly ``x`` about 0, and never beyond ±``bound``: x / (1 + |x| / bound), as in Zuko.

    >>> soft_clip(torch.tensor([0.0, 1e9]), bound=2)
    tensor([0., 2.])
    """
    return x / (1 + (x / bound).abs())


class AffineCoupling(Coupling):
    """y₁ = x₁, y₂ = exp(s) · x₂ + t with (t, r) = net(x₁), s = log_scale_f(r).

    Dinh et al.: Density estimation using real NVP, 2017, equations 4 and 5.

    Args:
        net_f: makes the network for a number of channels to give; it gets the half that stays.
            The first half of what it gives is t, the second r.
        log_scale_f: keeps s from growing without bound. By default x / (1 + |x| / log 1000), as
            in Zuko.
        swap: whether the second half stays and the first one changes, instead of the reverse.

    Shape: (N, C, …) to the same; the log of the volume change is the sum of s.

    >>> y, ladj = AffineCoupling().call_and_ladj(torch.ones(1, 4, 8, 8))
    >>> y.shape, ladj.shape  # it begins as the identity
    (torch.Size([1, 4, 8, 8]), torch.Size([1]))
    """

    parameter_count = 2

    def __init__(
        self,
        net_f: Callable[[int], nn.Module] = CouplingNet,
        *,
        log_scale_f: Callable[[Tensor], Tensor] = soft_clip,
        swap: bool = False,
    ) -> None:
        super().__init__(net_f, swap=swap)
        self._log_scale_f = log_scale_f

    def change(self, x: Tensor, parameters: Tensor) -> Tensor:
        """A scaled and shifted half."""
        shift, log_scale = self._shift_and_log_scale(parameters.to(x.dtype))
        return torch.addcmul(shift, x, log_scale.exp())

    def change_and_ladj(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        shift, log_scale = self._shift_and_log_scale(parameters.to(x.dtype))
        return torch.addcmul(shift, x, log_scale.exp()), precise(log_scale).flatten(1).sum(1)

    def change_back(self, y: Tensor, parameters: Tensor) -> Tensor:
        shift, log_scale = self._shift_and_log_scale(parameters.to(y.dtype))
        return (y - shift) * (-log_scale).exp()

    def _shift_and_log_scale(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        shift, raw = parameters.chunk(2, 1)
        return shift, self._log_scale_f(raw)
