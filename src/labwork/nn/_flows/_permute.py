"""Permutations: of dimensions, and of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._invertible import VolumePreserving

__all__ = ["Permute", "PermuteChannels"]


class Permute(VolumePreserving):
    """Other places for the dimensions, as ``torch.permute`` gives them.

    Args:
        *dims: for each dimension, from the first, the one that goes there; the batch stays first.

    Shape: (N, …) to (N, …), with sizes in their new order.

    Raises:
        ConfigError: where that isn't a permutation that leaves the first dimension where it is.

    >>> to_channels_last = Permute(0, 2, 3, 1)
    >>> to_channels_last(torch.zeros(8, 3, 32, 16)).shape
    torch.Size([8, 32, 16, 3])
    """

    def __init__(self, *dims: int) -> None:
        super().__init__()
        if sorted(dims) != list(range(len(dims))) or dims[:1] != (0,):
            raise ConfigError(
                f"Permute takes each dimension once, 0 (the batch) first, such as (0, 2, 3, 1), not"
                f" {dims}"
            )
        self.dims = dims
        self._back = tuple(dims.index(i) for i in range(len(dims)))

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with its dimensions in another order."""
        return x.permute(self.dims)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return y.permute(self._back)

    def extra_repr(self) -> str:
        """The arguments."""
        return ", ".join(map(str, self.dims))


class PermuteChannels(VolumePreserving):
    """Another order of the channels, the same for all time.

    Args:
        order: for each place, the channel that goes there; or ``reverse``; or ``random``, which
            is drawn when the module is built, as in Dinh et al.: NICE, 2014.

    Shape: (N, C, …) to the same.

    Raises:
        ConfigError: where ``order`` doesn't name each channel once.

    >>> PermuteChannels("reverse")(torch.tensor([[1, 2, 3]]))
    tensor([[3, 2, 1]])
    """

    order: Tensor
    back: Tensor

    def __init__(self, order: Sequence[int] | Literal["random", "reverse"] = "random") -> None:
        super().__init__()
        self._given = order

    def setup(self, x: Tensor) -> None:
        """Makes the order, for the number of channels."""
        order = self._make_order(x.shape[1])
        self.register_buffer("order", order)
        self.register_buffer("back", order.argsort())

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with its channels in another order."""
        return x.index_select(1, self.order)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return y.index_select(1, self.back)

    def extra_repr(self) -> str:
        """The argument."""
        return repr(self._given)

    def _make_order(self, count: int) -> Tensor:
        match self._given:
            case "random":
                return torch.randperm(count)
            case "reverse":
                return torch.arange(count).flip(0)
        if sorted(self._given) != list(range(count)):
            raise ConfigError(
                f"PermuteChannels takes each of {count} channels once, from 0, not"
                f" {list(self._given)}"
            )
        return torch.tensor(self._given)
