"""AdditiveCoupling: a half of the channels is shifted."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._flows._coupling import Coupling
from labwork.nn._precision import precise

__all__ = ["AdditiveCoupling"]


class AdditiveCoupling(Coupling):
    """y₁ = x₁, y₂ = x₂ + net(x₁). Dinh et al.: NICE, 2014, equation 9.

    Args:
        net_f: makes the network for a number of channels to give; it gets the half that stays.
        swap: whether the second half stays and the first one changes, instead of the reverse.

    Shape: (N, C, …) to the same; the log of the volume change is 0.

    >>> import torch
    >>> from torch import nn
    >>> AdditiveCoupling(lambda count: nn.Identity())(torch.tensor([[1.0, 2.0]]))
    tensor([[1., 3.]])
    """

    def change(self, x: Tensor, parameters: Tensor) -> Tensor:
        """A sum."""
        return x + parameters

    def change_and_ladj(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        return x + parameters, precise(x.new_zeros(x.shape[0]))

    def change_back(self, y: Tensor, parameters: Tensor) -> Tensor:
        return y - parameters
