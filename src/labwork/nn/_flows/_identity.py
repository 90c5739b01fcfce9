"""Identity: nothing is done, and that is invertible."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._invertible import VolumePreserving

__all__ = ["Identity"]


class Identity(VolumePreserving):
    """What comes in goes out.

    Shape: (N, …) to the same.

    >>> import torch
    >>> Identity().call_and_ladj(torch.ones(1, 2))
    (tensor([[1., 1.]]), tensor([0.]))
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x``."""
        return x

    def inverse_forward(self, y: Tensor) -> Tensor:
        return y
