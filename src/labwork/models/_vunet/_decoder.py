"""VUNetDecoder: from two by two pixels up to an image."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._convolutional import Factory, conv_keeping_size, with_defaults
from labwork.models._vunet._block import VUNetBlock, VUNetUp
from labwork.models._vunet._encoder import Stage
from labwork.nn import Module

__all__ = ["VUNetDecoder"]


class _Step(Module):
    """Features, upsampled; two blocks that are told what the encoder saw.

    Shape: (N, C, H/2, W/2) and two maps (N, D, H, W) to (N, D, H, W).
    """

    def __init__(self, *, block_f: Factory, up_f: Factory) -> None:
        super().__init__()
        self._up_f = up_f
        self.block0, self.block1 = block_f(), block_f()

    def setup(self, h: Tensor, maps: Stage) -> None:
        self.up = self._up_f(maps[0].shape[1])

    def forward(self, h: Tensor, maps: Stage) -> Tensor:
        return self.block1(self.block0(self.up(h), maps[1]), maps[0])


class VUNetDecoder(Module):
    """The stages above the bottleneck, and a 1×1 convolution to an image.

    Args:
        out_channels: channels of the image.
        block_f: makes a block, given ``conv_f``.
        up_f: makes what doubles the resolution, for a width and given ``conv_f``.
        conv_f: makes the convolutions, which have a bias.
        final_f: makes what keeps values in their range; None for nothing.

    Shape: features (N, C, H, W) and maps (N, C_i, H·2ⁿ⁻ⁱ, W·2ⁿ⁻ⁱ) of n stages, the finest first, to
    (N, out_channels, H·2ⁿ, W·2ⁿ).

    >>> import torch
    >>> maps = [(torch.zeros(1, 8, 8, 8),) * 2, (torch.zeros(1, 16, 4, 4),) * 2]
    >>> VUNetDecoder(3)(torch.zeros(1, 16, 2, 2), maps).shape
    torch.Size([1, 3, 8, 8])
    """

    def __init__(
        self,
        out_channels: int,
        *,
        block_f: Factory = VUNetBlock,
        up_f: Factory = VUNetUp,
        conv_f: Factory = nn.Conv2d,
        final_f: Factory | None = nn.Tanh,
    ) -> None:
        super().__init__()
        check_counts(self, out_channels=out_channels)
        self._out_channels, self._conv_f = out_channels, conv_f
        self._block_f = with_defaults(block_f, conv_f=conv_f)
        self._up_f = with_defaults(up_f, conv_f=conv_f)
        self.final = nn.Identity() if final_f is None else final_f()

    def setup(self, h: Tensor, maps: Sequence[Stage]) -> None:
        """Makes a step for each stage, and the last convolution."""
        steps = (_Step(block_f=self._block_f, up_f=self._up_f) for _ in maps)
        self.steps = nn.ModuleList(steps)
        width = maps[0][0].shape[1]
        self.image = conv_keeping_size(self._conv_f, width, self._out_channels, 1, bias=True)

    def forward(self, h: Tensor, maps: Sequence[Stage]) -> Tensor:
        """The image."""
        for step, stage in zip(self.steps, maps[::-1], strict=True):
            h = step(h, stage)
        return self.final(self.image(h))
