"""Squeeze: from space to channels."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._invertible import VolumePreserving

__all__ = ["Squeeze"]


class Squeeze(VolumePreserving):
    """Each square of pixels becomes one pixel with as many times the channels.

    Dinh et al.: Density estimation using real NVP, 2017, section 3.6.

    Args:
        factor: the side of a square.
        order: which numbers become neighbours: those of a channel (``channel``, as in PyTorch's
            ``pixel_unshuffle`` and in Glow), or those of a place in the square (``place``, as in
            the reference implementation of i-RevNet).

    Shape: (N, C, H, W) to (N, C·factor², H/factor, W/factor).

    Raises:
        ConfigError: where the sizes can't be divided by the factor.

    >>> import torch
    >>> pixels = torch.arange(8).reshape(1, 2, 2, 2)
    >>> Squeeze(2)(pixels).flatten(), Squeeze(2, order="place")(pixels).flatten()
    (tensor([0, 1, 2, 3, 4, 5, 6, 7]), tensor([0, 4, 1, 5, 2, 6, 3, 7]))
    """

    def __init__(self, factor: int = 2, *, order: Literal["channel", "place"] = "channel") -> None:
        super().__init__()
        if factor < 1 or order not in ("channel", "place"):
            raise ConfigError(
                "Squeeze takes a factor of 1 or more, and order 'channel' or 'place', not"
                f" {factor!r} and {order!r}"
            )
        self.factor = factor
        self.order = order
        # Of batch, channel, row and row in the square, column and column in the square.
        self._dims = (0, 1, 3, 5, 2, 4) if order == "channel" else (0, 3, 5, 1, 2, 4)
        self._back = tuple(self._dims.index(i) for i in range(6))

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with less space and more channels."""
        f = self.factor
        try:
            n, c, h, w = x.shape
            parts = x.reshape(n, c, h // f, f, w // f, f)
        except (ValueError, RuntimeError) as error:
            raise ConfigError(
                f"Squeeze({f}) takes (N, C, H, W) with H and W that can be divided by {f}, not"
                f" {tuple(x.shape)}"
            ) from error
        return parts.permute(self._dims).reshape(n, c * f * f, h // f, w // f)

    def inverse_forward(self, y: Tensor) -> Tensor:
        f = self.factor
        try:
            n, c, h, w = y.shape
            sizes = {1: c // (f * f), 2: h, 3: f, 4: w, 5: f}
            parts = y.reshape(n, *(sizes[dim] for dim in self._dims[1:]))
        except (ValueError, RuntimeError) as error:
            raise ConfigError(
                f"the inverse of Squeeze({f}) takes (N, C, H, W) with C that can be divided by"
                f" {f * f}, not {tuple(y.shape)}"
            ) from error
        return parts.permute(self._back).reshape(n, sizes[1], h * f, w * f)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.factor}, order={self.order!r}"
