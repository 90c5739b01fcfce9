"""Coupling: what couplings have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._flows._coupling_net import CouplingNet
from labwork.nn._invertible import Invertible, gradients

__all__ = ["Coupling"]


class Coupling(Invertible):
    """Half of the channels stay; the others change, each by what a network makes of the first.

    The network is never inverted, so it may be any. Dinh et al.: NICE, 2014, section 3.2.

    A subclass says how a number changes, by ``change``, ``change_and_ladj`` and ``change_back``.

    Args:
        net_f: makes the network for a number of channels to give; it gets the half that stays.
        swap: whether the second half stays and the first one changes, instead of the reverse.

    Shape: (N, C, …) to the same, with two channels or more; the first half has ⌊C/2⌋.

    Raises:
        ConfigError: where there are fewer than two channels.
    """

    net: nn.Module

    parameter_count: int = 1
    """How many numbers of the network's change one number of the input."""

    def __init__(
        self, net_f: Callable[[int], nn.Module] = CouplingNet, *, swap: bool = False
    ) -> None:
        super().__init__()
        self.swap = swap
        self._net_f = net_f

    def setup(self, x: Tensor) -> None:
        """Makes the network, for the number of channels."""
        if x.ndim < 2 or x.shape[1] < 2:
            raise ConfigError(
                f"{type(self).__name__} takes (N, C, …) with two channels or more, not"
                f" {tuple(x.shape)}"
            )
        _, changing = self.split(x)
        self.net = self._net_f(self.parameter_count * changing.shape[1])

    @abstractmethod
    def change(self, x: Tensor, parameters: Any) -> Tensor:
        """``x``, changed by what the network gave."""

    @abstractmethod
    def change_and_ladj(self, x: Tensor, parameters: Any) -> tuple[Tensor, Tensor]:
        """``change(x, parameters)``, and the log of the volume change, (N,)."""

    @abstractmethod
    def change_back(self, y: Tensor, parameters: Any) -> Tensor:
        """The ``x`` of which ``change`` makes ``y``."""

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What stays of an input, and what changes."""
        first = x.shape[1] // 2
        a, b = x[:, :first], x[:, first:]
        return (b, a) if self.swap else (a, b)

    def join(self, staying: Tensor, changed: Tensor) -> Tensor:
        """The output, of what stays and what has changed."""
        parts = (changed, staying) if self.swap else (staying, changed)
        return torch.cat(parts, 1)

    def split_output(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """What ``join`` joined."""
        return self.split(y)

    def join_input(self, staying: Tensor, changing: Tensor) -> Tensor:
        """What ``split`` split."""
        return self.join(staying, changing)

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with a half of it changed."""
        staying, changing = self.split(x)
        return self.join(staying, self.change(changing, self.net(staying)))

    def inverse_forward(self, y: Tensor) -> Tensor:
        staying, changed = self.split_output(y)
        return self.join_input(staying, self.change_back(changed, self.net(staying)))

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        staying, changing = self.split(x)
        changed, ladj = self.change_and_ladj(changing, self.net(staying))
        return self.join(staying, changed), ladj

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        staying, changed = self.split_output(y)
        parameters = self.net(staying)
        changing = self.change_back(changed, parameters)
        _, ladj = self.change_and_ladj(changing, parameters)
        return self.join_input(staying, changing), -ladj

    def inverse_and_gradients(
        self,
        y: Tensor,
        grad_y: Tensor,
        grad_ladj: Tensor | None,
        parameters: Sequence[Tensor],
    ) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        # One pass through the network serves for the way back and for the gradients; the default
        # needs two. Splitting and joining move numbers only, so gradients go the same way.
        staying, changed = (part.detach() for part in self.split_output(y))
        grad_staying, grad_changed = self.split_output(grad_y)
        with torch.enable_grad():
            made = self.net(staying.requires_grad_())
        with torch.no_grad():
            changing = self.change_back(changed, made)
        with torch.enable_grad():
            changing.requires_grad_()
            outs = (
                (self.change(changing, made),)
                if grad_ladj is None
                else self.change_and_ladj(changing, made)
            )
        inputs = (staying, changing, *parameters)
        by_net, by_change, *grads = gradients(outs, (grad_changed, grad_ladj), inputs)
        assert by_change is not None
        grad_x = self.join_input(_sum(grad_staying, by_net), by_change)
        return self.join_input(staying, changing).detach(), grad_x, tuple(grads)

    def extra_repr(self) -> str:
        """Which half changes."""
        return "swap=True" if self.swap else ""


def _sum(a: Tensor, b: Tensor | None) -> Tensor:
    return a if b is None else a + b
