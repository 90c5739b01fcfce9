"""IRevNetBlock: a residual block that can be inverted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._flows._additive_coupling import AdditiveCoupling
from labwork.nn._flows._pad_channels import PadChannels
from labwork.nn._flows._squeeze import Squeeze
from labwork.nn._precision import precise
from labwork.nn._seq import Seq

__all__ = ["IRevNetBlock"]


class IRevNetBlock(AdditiveCoupling):
    """(x₁, x₂) to (S x₂, S x₁ + F(x₂)), where S squeezes and F is a pre-activation bottleneck.

    Jacobsen et al.: i-RevNet: Deep invertible networks, 2018, equation 1. The two are the halves
    of the channels. Where F drops or normalizes, the way back does the same, so that it is exact
    with running statistics, and otherwise for the same batch and the same random numbers.

    Sums are rounded, and a deep network enlarges that on the way back, to some 5e-3 in a hundred
    normalized blocks in float32. With a ``grain``, F gives multiples of it, and such sums lose
    nothing: what comes back is the input to the last bit, if that consists of multiples too, as
    ``is_first`` makes it. In float32, that is so for numbers below grain · 2²⁴: 2⁻¹⁷ suits
    numbers below 128, and changes an image by less than 4e-6. It takes convolutions that compute
    the same twice. Gradients go straight through the rounding, so they are those without a grain.
    This is the integer discrete coupling of Hoogeboom et al.: Integer discrete flows and lossless
    compression, 2019; its reference implementation rounds to multiples of a bin's width, too.

    Args:
        base_width: channels of a half of the output.
        kernel_sizes: of the convolutions in F. The paper has 1, 3 and 1, the reference
            implementation 3, 3 and 3.
        width_factors: channels of the convolutions, as multiples of ``base_width``; the last is 1.
        stride: of S and of the first convolution.
        norm_f: makes a normalization for a number of channels; None for none, and convolutions
            with a bias.
        act_f: makes an activation; it mustn't work in place.
        dropout: the part that is dropped after the last but one convolution, in [0, 1).
        is_first: whether F begins with its convolution, as nothing comes before it.
        pad: channels of zeros to put beside those of the input, as many as are missing; with them,
            the block is injective, and has no volume change. On the way back, they are known.
        pad_first: whether they come before the input's channels, instead of after them.
        grain: what F gives multiples of; None to leave its numbers as they are.

    Shape: (N, C, H, W) to (N, D·stride², H/stride, W/stride), where D = C + pad and
    D·stride² = 2·base_width.

    Raises:
        ConfigError: where the widths don't fit, or the grain isn't above 0.

    >>> block = IRevNetBlock(16, stride=2).build((1, 8, 8, 8)).eval()
    >>> x = torch.randn(2, 8, 8, 8)
    >>> y = block(x)
    >>> y.shape, bool((block.inverse(y) - x).abs().max() < 1e-5)
    (torch.Size([2, 32, 4, 4]), True)
    """

    def __init__(
        self,
        base_width: int,
        *,
        kernel_sizes: Sequence[int] = (1, 3, 1),
        width_factors: Sequence[float] = (0.25, 0.25, 1),
        stride: int = 1,
        norm_f: Callable[[int], nn.Module] | None = nn.BatchNorm2d,
        act_f: Callable[[], nn.Module] = nn.ReLU,
        dropout: float = 0.0,
        is_first: bool = False,
        pad: int = 0,
        pad_first: bool = False,
        grain: float | None = None,
    ) -> None:
        super().__init__()
        if grain is not None and not grain > 0:
            raise ConfigError(f"IRevNetBlock takes a grain above 0, such as 2**-17, not {grain}")
        widths = [round(base_width * factor) for factor in width_factors]
        if len(widths) != len(kernel_sizes) or widths[-1] != base_width or min(widths) < 1:
            raise ConfigError(
                "IRevNetBlock takes as many kernel_sizes as width_factors, the last of which is 1,"
                f" such as (1, 3, 1) and (0.25, 0.25, 1), not {tuple(kernel_sizes)} and"
                f" {tuple(width_factors)} with a base_width of {base_width}"
            )
        self.widths = widths
        self.kernel_sizes = tuple(kernel_sizes)
        self.stride = stride
        self.dropout = dropout
        self.is_first = is_first
        self.grain = grain
        self.pad = PadChannels(pad, first=pad_first)
        self.squeeze = Squeeze(stride, order="place")
        self._norm_f, self._act_f = norm_f, act_f

    def setup(self, x: Tensor) -> None:
        """Makes F, for the number of channels."""
        channels = x.shape[1] + self.pad.count if x.ndim == 4 else 0
        wanted = 2 * self.widths[-1]
        if channels * self.stride**2 != wanted or channels % 2:
            raise ConfigError(
                f"IRevNetBlock with a base_width of {self.widths[-1]} and a stride of {self.stride}"
                f" takes (N, {wanted / self.stride**2 - self.pad.count:g}, H, W), not"
                f" {tuple(x.shape)}"
            )
        self.net = net = Seq()
        channels //= 2
        for i, width in enumerate(self.widths):
            self._append_convolution(net, i, channels, width)
            channels = width

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if self.is_first:
            x = self._rounded(x)
        first, second = self.pad(x).chunk(2, 1)
        return self._laid_out(second), self._squeezed(first)

    def join(self, staying: Tensor, changed: Tensor) -> Tensor:
        return torch.cat((self._squeezed(staying), changed), 1)

    def split_output(self, y: Tensor) -> tuple[Tensor, Tensor]:
        first, second = y.chunk(2, 1)
        return self._laid_out(self._with_zeros(self._unsqueezed(first))), second

    def join_input(self, staying: Tensor, changing: Tensor) -> Tensor:
        x = torch.cat((self._unsqueezed(changing), staying), 1)
        return self.pad.inverse_forward(x)

    def change(self, x: Tensor, parameters: Tensor) -> Tensor:
        """A sum."""
        return super().change(x, self._rounded(parameters))

    def change_and_ladj(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        if self.pad.count:
            raise ConfigError(
                f"there is no volume change where {self.pad.count} channels are added, as an"
                " IRevNetBlock with a pad is injective only; ask the part after it"
            )
        return super().change_and_ladj(x, self._rounded(parameters))

    def change_back(self, y: Tensor, parameters: Tensor) -> Tensor:
        return super().change_back(y, self._rounded(parameters))

    def _rounded(self, x: Tensor) -> Tensor:
        """The nearest multiples of the grain, with the gradient of ``x``."""
        if self.grain is None:
            return x
        rounded = (precise(x.detach()) / self.grain).round() * self.grain
        return rounded.to(x.dtype) + (x - x.detach())

    def _laid_out(self, x: Tensor) -> Tensor:
        """The same there and back in memory, since that decides in which order sums are made."""
        return x if self.grain is None else x.contiguous()

    def _with_zeros(self, second: Tensor) -> Tensor:
        """``second``, of the input, with the zeros that were put into it, not rounded ones.

        Where a channel is always zero, so is its variance, and a norm enlarges any rounding.
        """
        if not self.pad.count:
            return second
        unpadded = self.pad.inverse_forward(torch.cat((second, second), 1))
        return self.pad(unpadded).chunk(2, 1)[1]

    def _squeezed(self, x: Tensor) -> Tensor:
        return x if self.stride == 1 else self.squeeze(x)

    def _unsqueezed(self, x: Tensor) -> Tensor:
        return x if self.stride == 1 else self.squeeze.inverse_forward(x)

    def extra_repr(self) -> str:
        """The grain."""
        return "" if self.grain is None else f"grain={self.grain}"

    def _append_convolution(self, net: Seq, i: int, channels: int, width: int) -> None:
        if i > 0 or not self.is_first:
            if self._norm_f is not None:
                net.append(self._norm_f(channels), f"norm{i}")
            net.append(self._act_f(), f"act{i}")
        conv = nn.Conv2d(
            channels,
            width,
            self.kernel_sizes[i],
            stride=self.stride if i == 0 else 1,
            padding=self.kernel_sizes[i] // 2,
            bias=self._norm_f is None,
        )
        net.append(conv, f"conv{i}")
        if self.dropout and i == len(self.widths) - 2:
            net.append(nn.Dropout(self.dropout), "dropout")
