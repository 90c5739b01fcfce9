"""ConvEncoder, ConvDecoder: images to a small grid of features, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.models._convolutional import Factory
from labwork.nn import Seq

__all__ = ["ConvDecoder", "ConvEncoder"]

_relu = partial(nn.ReLU, inplace=True)


class _Block(Seq):
    """A convolution, a normalization, an activation, for as many channels as come."""

    def __init__(
        self, width: int, conv_f: Factory, norm_f: Factory | None, act_f: Factory | None
    ) -> None:
        super().__init__()
        self._width, self._conv_f, self._norm_f, self._act_f = width, conv_f, norm_f, act_f

    def setup(self, x: Tensor) -> None:
        self.append(self._conv_f(x.shape[1], self._width, bias=self._norm_f is None), "conv")
        if self._norm_f is not None:
            self.append(self._norm_f(self._width), "norm")
        if self._act_f is not None:
            self.append(self._act_f(), "act")


class ConvEncoder(Seq):
    """Convolutions that each halve the resolution, then one to the width of the code.

    Args:
        code_width: channels of the code.
        widths: channels of the convolutions before.
        norm_f: makes the normalizations for a number of channels; None for none.
        act_f: makes the activations.

    Shape: images (N, C, H, W) to (N, code_width, H/2ⁿ, W/2ⁿ), with n widths.

    Raises:
        ConfigError: where 2ⁿ doesn't divide the size of the image.

    >>> import torch
    >>> ConvEncoder(16, widths=(32, 64))(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 16, 8, 8])
    """

    def __init__(
        self,
        code_width: int,
        *,
        widths: Sequence[int] = (32, 64, 128),
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = _relu,
    ) -> None:
        conv_f = partial(nn.Conv2d, kernel_size=4, stride=2, padding=1)
        blocks = {f"block{i}": _Block(w, conv_f, norm_f, act_f) for i, w in enumerate(widths)}
        code = _Block(code_width, partial(nn.Conv2d, kernel_size=1), None, None)
        super().__init__(blocks, code=code)
        self._factor = 2 ** len(widths)

    def setup(self, x: Tensor) -> None:
        """Checks the size."""
        if any(size % self._factor for size in x.shape[2:]):
            raise ConfigError(
                f"{self._factor} doesn't divide the size of images, {tuple(x.shape[2:])}; choose"
                " fewer widths, or pad the images"
            )


class ConvDecoder(Seq):
    """Transposed convolutions that each double the resolution, then one to the channels of images.

    Args:
        out_channels: channels of the images.
        widths: channels of the convolutions before.
        norm_f: makes the normalizations for a number of channels; None for none.
        act_f: makes the activations.
        final_f: makes what brings values into the range of images; None for nothing.

    Shape: (N, C, H, W) to images (N, out_channels, 2ⁿ·H, 2ⁿ·W), with n widths.

    >>> import torch
    >>> ConvDecoder(3, widths=(64, 32))(torch.zeros(2, 16, 8, 8)).shape
    torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self,
        out_channels: int,
        *,
        widths: Sequence[int] = (128, 64, 32),
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = _relu,
        final_f: Factory | None = nn.Sigmoid,
    ) -> None:
        conv_f = partial(nn.ConvTranspose2d, kernel_size=4, stride=2, padding=1)
        blocks = {f"block{i}": _Block(w, conv_f, norm_f, act_f) for i, w in enumerate(widths)}
        last = partial(nn.Conv2d, kernel_size=3, padding=1)
        super().__init__(blocks, image=_Block(out_channels, last, None, final_f))
