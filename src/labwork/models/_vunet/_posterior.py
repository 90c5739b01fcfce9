"""VUNetPosterior: the code of an appearance."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from labwork.models._convolutional import Factory, conv_keeping_size, with_defaults
from labwork.models._vunet._block import VUNetBlock, VUNetUp
from labwork.models._vunet._encoder import Stage
from labwork.models._vunet._prior import draw
from labwork.nn import Concat, Module, Seq

__all__ = ["VUNetPosterior"]


class VUNetPosterior(Module):
    """Unit Gaussians for the codes of the two coarsest stages, the second given the first.

    Args:
        block_f: makes a block, given ``conv_f``.
        up_f: makes what doubles the resolution, for a width and given ``conv_f``.
        conv_f: makes the convolutions, which have a bias.

    Shape: the maps of an encoder, the finest stage first, of which the last two are used, with
    (N, C, 2, 2) and (N, D, 1, 1), to the means (N, D, 1, 1) and (N, C, 2, 2), and codes likewise.

    >>> import torch
    >>> maps = [(torch.zeros(1, 8, 2, 2),) * 2, (torch.zeros(1, 16, 1, 1),) * 2]
    >>> means, codes = VUNetPosterior()(maps, noisy=True)
    >>> [tuple(mean.shape) for mean in means]
    [(1, 16, 1, 1), (1, 8, 2, 2)]
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
        make_block = with_defaults(block_f, conv_f=conv_f)
        self.coarse, self.after, self.fine = make_block(), make_block(), make_block()

    def setup(self, maps: Sequence[Stage], *, noisy: bool) -> None:
        """Makes what depends on the numbers of channels."""
        (fine, _), (coarse, _) = maps[-2:]
        width = coarse.shape[1]
        self.stem = conv_keeping_size(self._conv_f, width, width, 1, bias=True)
        conv = conv_keeping_size(self._conv_f, 2 * width, width, 1, bias=True)
        self.mix = Seq(cat=Concat(), conv=conv)
        self.up = self._make_up(fine.shape[1])

    def forward(self, maps: Sequence[Stage], *, noisy: bool) -> tuple[Stage, Stage]:
        """The means, and codes: drawn if ``noisy``, the means themselves if not."""
        (fine, _), (coarse, last) = maps[-2:]
        mean = self.coarse(self.stem(last), coarse)
        code = draw(mean) if noisy else mean
        h = self.after(mean, self.mix([coarse, code]))
        fine_mean = self.fine(self.up(h), fine)
        return (mean, fine_mean), (code, draw(fine_mean) if noisy else fine_mean)
