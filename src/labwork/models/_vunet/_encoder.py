"""VUNetEncoder: from an image down to one pixel."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._conv_units import ConvNormAct
from labwork.models._convolutional import Factory, conv_keeping_size, with_defaults
from labwork.models._inputs import check_input
from labwork.models._vunet._block import VUNetBlock
from labwork.nn import Module

__all__ = ["Stage", "VUNetEncoder"]

Stage = tuple[Tensor, Tensor]


class _Stage(Module):
    """A convolution with stride 2, or nothing, and two blocks.

    Shape: (N, C, H, W) to what the two blocks give, each (N, D, H/2, W/2).
    """

    def __init__(self, down: nn.Module | None, *, block_f: Factory) -> None:
        super().__init__()
        self.down = down
        self.block0, self.block1 = block_f(), block_f()

    def forward(self, x: Tensor) -> Stage:
        first = self.block0(x if self.down is None else self.down(x))
        return first, self.block1(first)


class VUNetEncoder(Module):
    """Stages of two blocks, each of half the resolution of the one before, until one pixel is left.

    Args:
        base_width: channels of the first stage; they double with each stage.
        max_width: the most channels of a stage.
        stem_f: makes the 1×1 convolution in front for a width.
        block_f: makes a block, given ``conv_f``.
        conv_f: makes the convolutions, which have a bias.

    Shape: images (N, C, S, S), with S a power of two from 4, to what the two blocks of each stage
    give, the finest stage first: twice (N, D, S, S), …, twice (N, E, 1, 1).

    Raises:
        ConfigError: where images have another size.

    >>> import torch
    >>> encoder = VUNetEncoder(8, 32)
    >>> maps = encoder(torch.zeros(2, 3, 16, 16))
    >>> len(maps), maps[0][1].shape, maps[-1][1].shape
    (5, torch.Size([2, 8, 16, 16]), torch.Size([2, 32, 1, 1]))
    """

    def __init__(
        self,
        base_width: int = 64,
        max_width: int = 128,
        *,
        stem_f: Factory = partial(ConvNormAct, norm_f=None, act_f=nn.Identity),
        block_f: Factory = VUNetBlock,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        super().__init__()
        self.stem = with_defaults(stem_f, conv_f=conv_f)(base_width)
        check_counts(self, base_width=base_width, max_width=max_width)
        self._base_width, self._max_width, self._conv_f = base_width, max_width, conv_f
        self._make_block = with_defaults(block_f, conv_f=conv_f)

    def setup(self, x: Tensor) -> None:
        """Makes as many stages as the size of the image asks for."""
        check_input(self, x)
        widths = [self._width(i) for i in range(_stage_count(x))]
        downs = [None, *(self._make_down(a, b) for a, b in pairwise(widths))]
        self.stages = nn.ModuleList(_Stage(down, block_f=self._make_block) for down in downs)

    def forward(self, x: Tensor) -> list[Stage]:
        """What the two blocks of each stage give, the finest stage first."""
        h, maps = self.stem(x), []
        for stage in self.stages:
            maps.append(stage(h))
            h = maps[-1][1]
        return maps

    def _make_down(self, before: int, width: int) -> nn.Module:
        return conv_keeping_size(self._conv_f, before, width, 3, stride=2, bias=True)

    def _width(self, stage: int) -> int:
        return min(self._base_width * 2**stage, self._max_width)


def _stage_count(x: Tensor) -> int:
    height, width = x.shape[2:]
    if height != width or height < 4 or height & (height - 1):
        raise ConfigError(
            f"images are 4×4, 8×8, 16×16, … pixels large for a VUNet, not {height}×{width}"
        )
    return int(height).bit_length()
