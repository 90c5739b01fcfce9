"""Standardize: an input adapter."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["Standardize"]


class Standardize(nn.Module):
    """Subtracts a mean and divides by a standard deviation, for each channel.

    As a part of the model it moves with it to the device, is saved with it, and lets attacks and
    pictures work on images in [0, 1].

    Args:
        mean: one number for each channel, or one for all.
        std: likewise, each above 0.

    Shape: (N, C, H, W) to (N, C, H, W).

    >>> Standardize(mean=[0.5], std=[0.25])(torch.ones(1, 1, 2, 2)).unique()
    tensor([2.])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", _per_channel(mean))
        self.register_buffer("std", _per_channel(std))
        if not bool((self.std > 0).all()):
            raise ValueError(f"std must be above 0 in each channel, not {std}")

    def forward(self, x: Tensor) -> Tensor:
        """``(x - mean) / std``."""
        return (x - self.mean) / self.std

    def extra_repr(self) -> str:
        """The arguments, as written."""
        return f"mean={self.mean.flatten().tolist()}, std={self.std.flatten().tolist()}"


def _per_channel(values: float | Sequence[float]) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32).reshape(-1, 1, 1)
