"""Dequantize: from values that images have to numbers that have a density."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from labwork.core import ConfigError

__all__ = ["Dequantize"]


class Dequantize(nn.Module):
    """(x · (B - 1) + u) / B with u uniform in [0, 1): noise that is spread over the bin of a value.

    Without it, a density could be infinite at the values that there are. Uria et al.: RNADE, 2013,
    section 5.1; ``labwork.nn.losses.bits_per_dimension`` tells the bits of the values.

    Args:
        bin_count: B, the values that a number has, such as 256 for images of 8 bits.

    Shape: images (N, …) with the values 0, 1/(B - 1), …, 1 to the same, in [0, 1).

    Raises:
        ConfigError: where there are fewer than two values.

    >>> x = Dequantize(2)(torch.tensor([[0.0, 1.0]]))
    >>> bool(x[0, 0] < 0.5 <= x[0, 1])
    True
    """

    def __init__(self, bin_count: int = 256) -> None:
        super().__init__()
        if bin_count < 2:
            raise ConfigError(f"Dequantize takes a bin_count of 2 or more, not {bin_count}")
        self.bin_count = bin_count

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with noise."""
        noisy = (x * (self.bin_count - 1) + torch.rand_like(x)) / self.bin_count
        return noisy.clamp_max(1 - torch.finfo(x.dtype).eps / 2)  # the sum is rounded, up to B too

    def extra_repr(self) -> str:
        """The argument."""
        return str(self.bin_count)
