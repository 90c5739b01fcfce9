"""ConvEncoder, ConvDecoder: images to a small grid of features, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.models._conv_units import ConvBlock, ConvNormAct
from labwork.models._convolutional import Factory, relu, with_defaults
from labwork.models._inputs import check_input
from labwork.nn import Seq

__all__ = ["ConvDecoder", "ConvEncoder"]

_halve = partial(ConvBlock, conv_f=partial(nn.Conv2d, kernel_size=4, stride=2, padding=1))
_double = partial(ConvBlock, conv_f=partial(nn.ConvTranspose2d, kernel_size=4, stride=2, padding=1))


class ConvEncoder(Seq):
    """Convolutions that each halve the resolution, then one to the width of the code.

    Args:
        code_width: channels of the code.
        widths: channels of the convolutions before.
        norm_f: makes the normalizations for a number of channels; None for none.
        act_f: makes the activations.
        block_f: makes what halves the resolution, for a width and given ``norm_f`` and ``act_f``.

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
        act_f: Factory = relu,
        block_f: Factory = _halve,
    ) -> None:
        make_block = with_defaults(block_f, norm_f=norm_f, act_f=act_f)
        blocks = {f"block{i}": make_block(width) for i, width in enumerate(widths)}
        super().__init__(blocks, code=ConvNormAct(code_width, norm_f=None, act_f=None))
        self._factor = 2 ** len(widths)

    def setup(self, x: Tensor) -> None:
        """Checks the size."""
        check_input(self, x)
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
        block_f: makes what doubles the resolution, for a width and given ``norm_f`` and ``act_f``.
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
        act_f: Factory = relu,
        block_f: Factory = _double,
        final_f: Factory | None = nn.Sigmoid,
    ) -> None:
        make_block = with_defaults(block_f, norm_f=norm_f, act_f=act_f)
        blocks = {f"block{i}": make_block(width) for i, width in enumerate(widths)}
        image = ConvNormAct(out_channels, 3, norm_f=None, act_f=final_f)
        super().__init__(blocks, image=image)
