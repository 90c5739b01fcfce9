"""A convolution with its normalization and activation, in either order; and resizing."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import check_counts
from labwork.models._convolutional import Factory, NormAct, conv_keeping_size, norm_part, relu
from labwork.nn import Seq

__all__ = ["ConvBlock", "ConvNormAct", "NormActConv", "resize"]


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
        check_counts(self, width=width, kernel_size=kernel_size)
        self._width, self._kernel_size = width, kernel_size
        self._make_conv = partial(conv_keeping_size, conv_f, bias=norm_f is None)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        super().setup(x)
        self.append(self._make_conv(x.shape[1], self._width, self._kernel_size), "conv")


class ConvBlock(Seq):
    """A convolution, a normalization, if there is one, and an activation, if there is one.

    Args:
        width: channels of the output.
        conv_f: makes the convolution for the numbers of channels, given whether it has a ``bias``.
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation; None for none.
        bias: whether the convolution has one; by default where there is no normalization.

    Shape: (N, C, H, W) to (N, width, …), as the convolution makes it.

    >>> halve = partial(nn.Conv2d, kernel_size=2, stride=2)
    >>> ConvBlock(16, conv_f=halve).build((1, 8, 4, 4)).names
    ('conv', 'norm', 'act')
    """

    def __init__(
        self,
        width: int,
        *,
        conv_f: Factory,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory | None = relu,
        bias: bool | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, width=width)
        self._width, self._norm_f, self._act_f = width, norm_f, act_f
        self._make_conv = partial(conv_f, bias=norm_f is None if bias is None else bias)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        self.append(self._make_conv(x.shape[1], self._width), "conv")
        for name, norm in norm_part(self._norm_f, self._width).items():
            self.append(norm, name)
        if self._act_f is not None:
            self.append(self._act_f(), "act")


class ConvNormAct(ConvBlock):
    """A convolution that keeps the size, a normalization, if there is one, and an activation.

    Args:
        width: channels of the output.
        kernel_size: of the convolution, odd.
        dilation: of the convolution.
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the activation; None for none.
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
        act_f: Factory | None = relu,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        check_counts(self, kernel_size=kernel_size, dilation=dilation)
        keeping = partial(conv_keeping_size, conv_f, kernel_size=kernel_size, dilation=dilation)
        super().__init__(width, conv_f=keeping, norm_f=norm_f, act_f=act_f)


def resize(x: Tensor, like: Tensor) -> Tensor:
    """``x`` in the height and width of another, interpolated bilinearly.

    >>> from torch import zeros
    >>> resize(zeros(1, 8, 2, 3), like=zeros(1, 5, 4, 7)).shape
    torch.Size([1, 8, 4, 7])
    """
    # Where the sizes are equal, it changes no value; asking would tie exported programs to them.
    return F.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=False)
