"""GlowStep: a step of Glow's flow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor
from torch.nn.functional import logsigmoid

from labwork.nn._flows._act_norm import ActNorm
from labwork.nn._flows._affine_coupling import AffineCoupling
from labwork.nn._flows._invertible_conv1x1 import InvertibleConv1x1
from labwork.nn._invertible import Invertible
from labwork.nn._seq import Seq

__all__ = ["GlowStep"]

Factory = Callable[[], Invertible]


def at_most_one(x: Tensor) -> Tensor:
    """Logarithms of scales below 1: what goes through doesn't grow, whatever the network gives."""
    return logsigmoid(x + 2)


_coupling = partial(AffineCoupling, log_scale_f=at_most_one)


class GlowStep(Seq):
    """A normalization, a linear map of the channels and a coupling.

    Kingma and Dhariwal: Glow: Generative flow with invertible 1×1 convolutions, 2018, figure 2a.

    Args:
        norm_f: makes the normalization.
        conv_f: makes the linear map.
        coupling_f: makes the coupling; by default affine, with the scale of the reference
            implementation, sigmoid(r + 2).

    Shape: (N, C, …) to the same.

    >>> import torch
    >>> step = GlowStep()
    >>> y, ladj = step.call_and_ladj(step.build((1, 4, 8, 8)).inverse(torch.zeros(2, 4, 8, 8)))
    >>> step.names, y.shape, ladj.shape
    (('norm', 'conv', 'coupling'), torch.Size([2, 4, 8, 8]), torch.Size([2]))
    """

    def __init__(
        self,
        *,
        norm_f: Factory = ActNorm,
        conv_f: Factory = InvertibleConv1x1,
        coupling_f: Factory = _coupling,
    ) -> None:
        super().__init__(norm=norm_f(), conv=conv_f(), coupling=coupling_f())
