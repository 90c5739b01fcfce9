"""What a DenseNet is put together from: its blocks, and what stands between their groups."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._convolutional import (
    Factory,
    NormAct,
    conv_keeping_size,
    halve_by_average,
    relu,
)
from labwork.nn import Module, Seq

__all__ = ["DenseNetBlock", "DenseNetTransition"]


class DenseNetBlock(Module):
    """The input, and after it new channels that two convolutions make of it.

    Args:
        growth: how many channels are new.
        bottleneck: how many times as many the 1×1 convolution gives to the 3×3 one.
        norm_f: makes a normalization for a number of channels; None for none.
        act_f: makes an activation.
        conv_f: makes a convolution.
        dropout_f: makes what comes last; None for nothing.

    Shape: (N, C, H, W) to (N, C + growth, H, W).

    >>> DenseNetBlock(32).build((1, 64, 8, 8)).branch.names
    ('preact', 'conv0', 'between', 'conv1')
    """

    def __init__(
        self,
        growth: int,
        *,
        bottleneck: int = 4,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        conv_f: Factory = nn.Conv2d,
        dropout_f: Factory | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, growth=growth, bottleneck=bottleneck)
        self._growth, self._inner = growth, growth * bottleneck
        self._norm_f, self._act_f, self._dropout_f = norm_f, act_f, dropout_f
        self._make_conv = partial(conv_keeping_size, conv_f, bias=norm_f is None)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        self.branch = Seq(preact=NormAct(self._norm_f, self._act_f))
        self.branch.append(self._make_conv(x.shape[1], self._inner, 1), "conv0")
        self.branch.append(NormAct(self._norm_f, self._act_f), "between")
        self.branch.append(self._make_conv(self._inner, self._growth, 3), "conv1")
        if self._dropout_f is not None:
            self.branch.append(self._dropout_f(), "dropout")

    def forward(self, x: Tensor) -> Tensor:
        """``x`` with the new channels."""
        return torch.cat([x, self.branch(x)], 1)


class DenseNetTransition(Seq):
    """What stands between groups: fewer channels, and half the resolution.

    Args:
        compression: the part of the channels that is left, in (0, 1].
        norm_f: makes a normalization for a number of channels; None for none.
        act_f: makes an activation.
        conv_f: makes a convolution.
        pool_f: makes the pooling.

    Shape: (N, C, H, W) to (N, C · compression, H/2, W/2).

    >>> DenseNetTransition().build((1, 256, 8, 8)).conv
    Conv2d(256, 128, kernel_size=(1, 1), stride=(1, 1), bias=False)
    """

    def __init__(
        self,
        *,
        compression: float = 0.5,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        conv_f: Factory = nn.Conv2d,
        pool_f: Factory = halve_by_average,
    ) -> None:
        super().__init__()
        self._compression, self._pool_f = compression, pool_f
        self._preact = partial(NormAct, norm_f, act_f)
        self._make_conv = partial(conv_keeping_size, conv_f, bias=norm_f is None)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        channels = x.shape[1]
        self.append(self._preact(), "preact")
        self.append(self._make_conv(channels, int(channels * self._compression), 1), "conv")
        self.append(self._pool_f(), "pool")
