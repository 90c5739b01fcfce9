"""VUNetBottleneck: where the appearance's code joins the pose."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from labwork.models._convolutional import Factory, conv_keeping_size, with_defaults
from labwork.models._vunet._block import VUNetBlock, VUNetUp
from labwork.models._vunet._encoder import Stage
from labwork.models._vunet._prior import AutoregressivePrior, Prior
from labwork.nn import Concat, Module, Seq

__all__ = ["VUNetBottleneck"]


class _LatentStage(Module):
    """A block, a prior, the code mixed in, a block; the blocks are told what the encoder saw.

    Shape: features (N, C, H, W), two maps, and a code or None, to features and the prior's mean.
    """

    def __init__(self, prior: nn.Module, *, block_f: Factory, conv_f: Factory) -> None:
        super().__init__()
        self._conv_f, self.prior = conv_f, prior
        self.before, self.after = block_f(), block_f()

    def setup(self, h: Tensor, maps: Stage, code: Tensor | None) -> None:
        width = h.shape[1]
        conv = conv_keeping_size(self._conv_f, 2 * width, width, 1, bias=True)
        self.mix = Seq(cat=Concat(), conv=conv)

    def forward(self, h: Tensor, maps: Stage, code: Tensor | None) -> tuple[Tensor, Tensor]:
        h = self.before(h, maps[1])
        mean, code = self.prior(h, code)
        return self.after(self.mix([h, code]), maps[0]), mean


class VUNetBottleneck(Module):
    """The two coarsest stages on the way up, each of which takes a code.

    Args:
        block_f: makes a block, given ``conv_f``.
        up_f: makes what doubles the resolution, for a width and given ``conv_f``.
        conv_f: makes the convolutions, which have a bias.

    Shape: the maps of an encoder, the finest stage first, of which the last two are used, with
    (N, C, 2, 2) and (N, D, 1, 1), and the codes (N, D, 1, 1) and (N, C, 2, 2), to features
    (N, C, 2, 2) and the means of the prior, shaped as the codes. A code that is None is drawn.

    >>> import torch
    >>> maps = [(torch.zeros(1, 8, 2, 2),) * 2, (torch.zeros(1, 16, 1, 1),) * 2]
    >>> h, means = VUNetBottleneck()(maps)
    >>> tuple(h.shape), [tuple(mean.shape) for mean in means]
    ((1, 8, 2, 2), [(1, 16, 1, 1), (1, 8, 2, 2)])
    """

    def __init__(
        self,
        *,
        block_f: Factory = VUNetBlock,
        up_f: Factory = VUNetUp,
        conv_f: Factory = nn.Conv2d,
    ) -> None:
        super().__init__()
        self._conv_f, self._make_up = conv_f, with_defaults(up_f, conv_f=conv_f)
        make = {"block_f": with_defaults(block_f, conv_f=conv_f), "conv_f": conv_f}
        self.coarse = _LatentStage(Prior(), **make)
        self.fine = _LatentStage(AutoregressivePrior(**make), **make)

    def setup(
        self, maps: Sequence[Stage], codes: tuple[Tensor | None, Tensor | None] = (None, None)
    ) -> None:
        """Makes what depends on the numbers of channels."""
        (fine, _), (coarse, _) = maps[-2:]
        width = coarse.shape[1]
        self.stem = conv_keeping_size(self._conv_f, width, width, 1, bias=True)
        self.up = self._make_up(fine.shape[1])

    def forward(
        self, maps: Sequence[Stage], codes: tuple[Tensor | None, Tensor | None] = (None, None)
    ) -> tuple[Tensor, Stage]:
        """Features for the decoder, and the means of the prior."""
        fine, coarse = maps[-2:]
        h, coarse_mean = self.coarse(self.stem(coarse[1]), coarse, codes[0])
        h, fine_mean = self.fine(self.up(h), fine, codes[1])
        return h, (coarse_mean, fine_mean)
