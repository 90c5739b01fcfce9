"""LayerNorm2d: layer normalization over the channels of images."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LayerNorm2d"]


class LayerNorm2d(nn.LayerNorm):
    """Normalizes the channels at each place; arguments are those of ``torch.nn.LayerNorm``.

    Ba et al.: Layer normalization, 2016; over channels alone, as in ConvNeXt.

    Shape: (N, C, H, W) to (N, C, H, W).

    >>> import torch
    >>> LayerNorm2d(2)(torch.tensor([3.0, 5.0]).reshape(1, 2, 1, 1)).flatten().round()
    tensor([-1.,  1.], grad_fn=<RoundBackward0>)
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x``, of mean 0 and deviation 1 over channels, times the weight plus the bias."""
        shape, eps = self.normalized_shape, self.eps
        normalized = F.layer_norm(x.permute(0, 2, 3, 1), shape, self.weight, self.bias, eps)
        return normalized.permute(0, 3, 1, 2)
