"""ResNetBlock: what blocks of residual networks have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from torch import nn

from labwork.core import ConfigError, check_counts
from labwork.models._convolutional import Factory, conv_keeping_size, relu
from labwork.nn import Seq

__all__ = ["ResNetBlock"]


class ResNetBlock(Seq):
    """Convolutions beside a shortcut.

    The shortcut is the input itself, or a projection where the shape changes (option B of He et
    al.: Deep residual learning for image recognition, 2016). The stride is that of the first
    convolution that is larger than 1×1, as in torchvision; in the paper it is that of the first.

    Args:
        width: what the width factors are multiples of.
        stride: what the resolution is divided by.
        dilation: of the convolutions that are larger than 1×1.
        kernel_sizes: of the convolutions, odd.
        width_factors: channels of their outputs, as multiples of ``width``.
        norm_f: makes a normalization for a number of channels; None for none.
        act_f: makes an activation.
        conv_f: makes a convolution.
        dropout_f: makes what comes before the last convolution; None for nothing.

    Shape: (N, C, H, W) to (N, width · width_factors[-1], ⌈H/stride⌉, ⌈W/stride⌉).

    Raises:
        ConfigError: where there isn't a width factor for each kernel size.
    """

    def __init__(
        self,
        width: int,
        stride: int = 1,
        dilation: int = 1,
        *,
        kernel_sizes: Sequence[int] = (3, 3),
        width_factors: Sequence[int] = (1, 1),
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = relu,
        conv_f: Factory = nn.Conv2d,
        dropout_f: Factory | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, width=width, stride=stride, dilation=dilation, kernel_sizes=kernel_sizes)
        check_counts(self, width_factors=width_factors)
        if len(kernel_sizes) != len(width_factors):
            raise ConfigError(
                f"a block needs as many width factors as kernel sizes, which are"
                f" {tuple(kernel_sizes)}, not {tuple(width_factors)}"
            )
        self._widths = [width * factor for factor in width_factors]
        self._kernel_sizes, self._stride, self._dilation = kernel_sizes, stride, dilation
        self._norm_f, self._act_f, self._dropout_f = norm_f, act_f, dropout_f
        self._make_conv = partial(conv_keeping_size, conv_f, bias=norm_f is None)

    @property
    def is_normalized(self) -> bool:
        """Whether there is a normalization."""
        return self._norm_f is not None

    def _changes_shape(self, channels: int) -> bool:
        return self._stride != 1 or channels != self._widths[-1]

    def _make_branch(self, channels: int, *, ends_with_norm: bool) -> Seq:
        """Convolutions with normalization, and activation between them."""
        branch, last = Seq(), len(self._widths) - 1
        for i, (before, after) in enumerate(pairwise([channels, *self._widths])):
            if i == last and self._dropout_f is not None:
                branch.append(self._dropout_f(), "dropout")
            branch.append(self._make_conv_number(i, before, after), f"conv{i}")
            if self._norm_f is not None and (i < last or ends_with_norm):
                branch.append(self._norm_f(after), f"norm{i}")
            if i < last:
                branch.append(self._act_f(), f"act{i}")
        return branch

    def _make_conv_number(self, i: int, before: int, after: int) -> nn.Module:
        sizes = self._kernel_sizes
        strided = next((j for j, size in enumerate(sizes) if size > 1), 0)
        stride = self._stride if i == strided else 1
        dilation = self._dilation if sizes[i] > 1 else 1
        return self._make_conv(before, after, sizes[i], stride=stride, dilation=dilation)
