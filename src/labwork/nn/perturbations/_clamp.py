"""Clamp: values cut to a range."""

from __future__ import annotations

from torch import Tensor

from labwork.core import ConfigError
from labwork.nn.perturbations._batch_perturbation import Photometric

__all__ = ["Clamp"]


class Clamp(Photometric):
    """Cuts values to a range, without parameters: the end of a ``Chain`` on images.

    Args:
        low: the least value.
        high: the greatest.

    Shape: (N, …).

    >>> import torch
    >>> Clamp()(torch.tensor([[-1.0, 0.5, 2.0]]))
    tensor([[0.0000, 0.5000, 1.0000]])
    """

    shown = ("low", "high")

    def __init__(self, low: float = 0.0, high: float = 1.0) -> None:
        super().__init__()
        if not low <= high:
            raise ConfigError(f"Clamp: low must be at most high, not {low} and {high}")
        self.low, self.high = low, high

    def values(self, x: Tensor) -> Tensor:
        return x.clamp(self.low, self.high)
