"""A convolution with its normalization and activation, in either order; and resizing."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.models._convolutional import Factory, NormAct, conv_keeping_size, relu
from labwork.nn import Seq

__all__ = ["ConvNormAct", "NormActConv", "resize"]


class NormActConv(NormAct):
    """A normalization, if there is one, an activation, and a convolution that keeps the size.

    Args:
        width: channels of the output.
        kernel_size: of the convolution, odd.
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation.
        conv_f: makes the convolution; without a normalization it has a bias.

    Shape: (N, C, H, W) to (N, width, H, W).

    >>> NormActConv(16, 3).build((1, 8, 4, 4)).names
    ('norm', 'act', 'conv')
    """

    def __init__(
        self,
        width: int,
        kernel_size: int = 1,
        *,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        super().__init__(norm_f, act_f)
        self._width, self._kernel_size = width, kernel_size
        self._make_conv = partial(conv_keeping_size, conv_f, bias=norm_f is None)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        super().setup(x)
        self.append(self._make_conv(x.shape[1], self._width, self._kernel_size), "conv")


class ConvNormAct(Seq):
    """A convolution that keeps the size, a normalization, if there is one, and an activation.

    Args:
        width: channels of the output.
        kernel_size: of the convolution, odd.
        dilation: of the convolution.
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation.
        conv_f: makes the convolution; without a normalization it has a bias.

    Shape: (N, C, H, W) to (N, width, H, W).

    >>> ConvNormAct(16, 3, norm_f=None).build((1, 8, 4, 4)).names
    ('conv', 'act')
    """

    def __init__(
        self,
        width: int,
        kernel_size: int = 1,
        dilation: int = 1,
        *,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        super().__init__()
        self._width, self._norm_f, self._act_f = width, norm_f, act_f
        self._make_conv = partial(
            conv_keeping_size,
            conv_f,
            out_channels=width,
            kernel_size=kernel_size,
            dilation=dilation,
            bias=norm_f is None,
        )

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        self.append(self._make_conv(x.shape[1]), "conv")
        if self._norm_f is not None:
            self.append(self._norm_f(self._width), "norm")
        self.append(self._act_f(), "act")


def resize(x: Tensor, like: Tensor) -> Tensor:
    """``x`` in the height and width of another, interpolated bilinearly.

    >>> from torch import zeros
    >>> resize(zeros(1, 8, 2, 3), like=zeros(1, 5, 4, 7)).shape
    torch.Size([1, 8, 4, 7])
    """
    # Where the sizes are equal, it changes no value; asking would tie exported programs to them.
    return F.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=False)
