"""VUNetBlock, VUNetUp: what the parts of a VUNet are put together from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._convolutional import Factory, NormAct, conv_keeping_size
from labwork.nn import Module, Seq, Squeeze

__all__ = ["VUNetBlock", "VUNetUp"]


class VUNetBlock(Module):
    """A residual block that may be told something else: x + conv3×3(act([x, conv1×1(a)])).

    Args:
        norm_f: makes a normalization, before the activation, for a number of channels; None for
            none.
        act_f: makes the activation.
        conv_f: makes the convolutions, which have a bias.
        dropout: the part of the features that is dropped before the last convolution, in [0, 1).

    Shape: (N, C, H, W), and (N, D, H, W) unless it was built without, to (N, C, H, W).

    >>> block = VUNetBlock(dropout=0.1)
    >>> block(torch.zeros(1, 8, 4, 4), torch.zeros(1, 6, 4, 4)).shape, block.branch.names
    (torch.Size([1, 8, 4, 4]), ('norm_act', 'dropout', 'conv'))
    """

    def __init__(
        self,
        *,
        norm_f: Factory | None = None,
        act_f: Factory = nn.ELU,
        conv_f: Factory = nn.Conv2d,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self._norm_f, self._act_f, self._conv_f = norm_f, act_f, conv_f
        self._dropout = dropout

    def setup(self, x: Tensor, skip: Tensor | None = None) -> None:
        """Makes the layers for the numbers of channels."""
        width, channels = x.shape[1], x.shape[1]
        if skip is not None:
            self.adapt = conv_keeping_size(self._conv_f, skip.shape[1], width, 1, bias=True)
            channels += width
        self.branch = Seq(norm_act=NormAct(self._norm_f, self._act_f))
        if self._dropout:
            self.branch.append(nn.Dropout(self._dropout), "dropout")
        conv = conv_keeping_size(self._conv_f, channels, width, 3, bias=True)
        self.branch.append(conv, "conv")

    def forward(self, x: Tensor, skip: Tensor | None = None) -> Tensor:
        """``x``, and what its surroundings and ``skip`` say about it."""
        both = x if skip is None else torch.cat([x, self.adapt(skip)], 1)
        return x + self.branch(both)


class VUNetUp(Seq):
    """A 3×3 convolution that gives four pixels for each.

    Shi et al.: Real-time single image and video super-resolution using an efficient sub-pixel
    convolutional neural network, 2016; channels are in the order of TensorFlow's
    ``depth_to_space``, not of ``nn.PixelShuffle``.

    Args:
        width: channels of the output.
        conv_f: makes the convolution, which has a bias.

    Shape: (N, C, H, W) to (N, width, 2·H, 2·W).

    >>> VUNetUp(8)(torch.zeros(1, 3, 4, 4)).shape
    torch.Size([1, 8, 8, 8])
    """

    def __init__(self, width: int, *, conv_f: Factory = nn.Conv2d) -> None:
        super().__init__()
        check_counts(self, width=width)
        self._width, self._conv_f = width, conv_f

    def setup(self, x: Tensor) -> None:
        """Makes the convolution for the number of channels."""
        conv = conv_keeping_size(self._conv_f, x.shape[1], 4 * self._width, 3, bias=True)
        self.append(conv, "conv")
        self.append(Squeeze(order="place").inverse, "unsqueeze")
