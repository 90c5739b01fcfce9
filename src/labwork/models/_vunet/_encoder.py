"""VUNetEncoder: from an image down to one pixel."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.models._conv_units import ConvNormAct
from labwork.models._convolutional import Factory, conv_keeping_size, with_defaults
from labwork.models._feature_maps import maps_at
from labwork.models._vunet._block import VUNetBlock
from labwork.nn import Seq

__all__ = ["Stage", "VUNetEncoder"]

Stage = tuple[Tensor, Tensor]


class VUNetEncoder(Seq):
    """Stages of two blocks, each of half the resolution of the one before, until one pixel is left.

    Args:
        base_width: channels of the first stage; they double with each stage.
        max_width: the most channels of a stage.
        stem_f: makes the 1×1 convolution in front for a width.
        block_f: makes a block, given ``conv_f``.
        conv_f: makes the convolutions, which have a bias.

    Shape: images (N, C, S, S), with S a power of two from 4, to (N, D, 1, 1). The stages are called
    ``stage0``, ….

    Raises:
        ConfigError: where images have another size.

    >>> import torch
    >>> encoder = VUNetEncoder(8, 32)
    >>> encoder(torch.zeros(2, 3, 16, 16)).shape, encoder.names[-1]
    (torch.Size([2, 32, 1, 1]), 'stage4')
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
        super().__init__(stem=with_defaults(stem_f, conv_f=conv_f)(base_width))
        self._base_width, self._max_width, self._conv_f = base_width, max_width, conv_f
        self._make_block = with_defaults(block_f, conv_f=conv_f)

    def setup(self, x: Tensor) -> None:
        """Makes as many stages as the size of the image asks for."""
        widths = [self._width(i) for i in range(_stage_count(x))]
        for i, width in enumerate(widths):
            stage = Seq()
            if i:
                down = conv_keeping_size(self._conv_f, widths[i - 1], width, 3, stride=2, bias=True)
                stage.append(down, "down")
            blocks = Seq(block0=self._make_block(), block1=self._make_block())
            self.append(stage.join(blocks), f"stage{i}")

    def feature_maps(self, x: Tensor) -> list[Stage]:
        """What the two blocks of each stage give, the finest stage first; once it is built."""
        stages = [name for name in self.names if name.startswith("stage")]
        found = maps_at(self, x, [f"{stage}.block{i}" for stage in stages for i in (0, 1)])
        return list(zip(found[::2], found[1::2], strict=True))

    def _width(self, stage: int) -> int:
        return min(self._base_width * 2**stage, self._max_width)


def _stage_count(x: Tensor) -> int:
    height, width = x.shape[2:]
    if height != width or height < 4 or height & (height - 1):
        raise ConfigError(
            f"images are 4×4, 8×8, 16×16, … pixels large for a VUNet, not {height}×{width}"
        )
    return int(height).bit_length()
