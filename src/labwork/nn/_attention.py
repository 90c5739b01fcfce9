"""SelfAttention: each token looks at all of them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._module import Module

__all__ = ["SelfAttention"]


class SelfAttention(Module):
    """Attention of tokens to each other, with several heads.

    softmax(QKᵀ / √d) V for each head, where Q, K and V are linear in the input (Vaswani et al.:
    Attention is all you need, 2017, equation 1). PyTorch picks the kernel.

    Args:
        head_count: heads; divides the width.
        dropout: the part of the attention that is dropped in training, in [0, 1).
        qkv_bias: whether Q, K and V have a bias.

    Shape: (N, L, D) to (N, L, D).

    >>> import torch
    >>> SelfAttention(4)(torch.zeros(2, 5, 16)).shape
    torch.Size([2, 5, 16])
    """

    def __init__(self, head_count: int, *, dropout: float = 0.0, qkv_bias: bool = True) -> None:
        super().__init__()
        self.head_count, self.dropout = head_count, dropout
        self._has_bias = qkv_bias

    def setup(self, x: Tensor) -> None:
        """Makes the projections for the width."""
        width = x.shape[-1]
        if width % self.head_count:
            raise ConfigError(f"{self.head_count} heads don't divide the width of {width}")
        self.qkv = nn.Linear(width, 3 * width, bias=self._has_bias)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """What each token gathers."""
        n, length, width = x.shape
        qkv = self.qkv(x).view(n, length, 3, self.head_count, -1).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        q, k, v = qkv.unbind()
        gathered = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout)
        return self.out(gathered.transpose(1, 2).reshape(n, length, width))

    def extra_repr(self) -> str:
        """The arguments, as written."""
        return f"{self.head_count}, dropout={self.dropout}"
