"""What a residual network of a certain depth looks like, and its groups of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from labwork.models._convolutional import Factory, at_depth, with_defaults
from labwork.nn import Seq

__all__ = ["ResNetLayout", "find_layout", "make_groups"]


@dataclass(frozen=True, slots=True)
class ResNetLayout:
    """How many blocks there are, and of which kind.

    Attributes:
        group_lengths: blocks of each group; each group but the first halves the resolution.
        kernel_sizes: of the convolutions of a block.
        width_factors: their widths, as multiples of that of the group.
        base_width: that of the first group; each group is twice as wide as the one before.
    """

    group_lengths: tuple[int, ...]
    kernel_sizes: tuple[int, ...] = (3, 3)
    width_factors: tuple[int, ...] = (1, 1)
    base_width: int = 64


def _bottleneck(*group_lengths: int, base_width: int = 64) -> ResNetLayout:
    return ResNetLayout(group_lengths, (1, 3, 1), (1, 1, 4), base_width)


_LAYOUTS = {
    10: ResNetLayout((1, 1, 1, 1)),
    18: ResNetLayout((2, 2, 2, 2)),
    34: ResNetLayout((3, 4, 6, 3)),
    50: _bottleneck(3, 4, 6, 3),
    101: _bottleneck(3, 4, 23, 3),
    110: ResNetLayout((18, 18, 18), base_width=16),
    152: _bottleneck(3, 8, 36, 3),
    164: _bottleneck(18, 18, 18, base_width=16),
    200: _bottleneck(3, 24, 36, 3),
}


def find_layout(
    depth: int, group_lengths: Sequence[int] | None = None, base_width: int | None = None
) -> ResNetLayout:
    """The layout of a depth, with lengths and a width that are given in place of its own.

    Raises:
        ConfigError: where the depth isn't defined; it lists those that are.

    >>> find_layout(18).group_lengths
    (2, 2, 2, 2)
    """
    layout = at_depth(depth, _LAYOUTS, "residual network")
    lengths = tuple(group_lengths or layout.group_lengths)
    return replace(layout, group_lengths=lengths, base_width=base_width or layout.base_width)


def make_groups(
    layout: ResNetLayout, block_f: Factory, *, stem_stride: int, output_stride: int | None
) -> dict[str, Seq]:
    """Groups of blocks, by name.

    Args:
        layout: what they look like; a block has the shape that ``block_f`` gives it, if it does.
        block_f: makes a block for a width, a stride and a dilation.
        stem_stride: what the resolution is divided by before the groups.
        output_stride: what it is divided by at most; what would divide it further dilates
            convolutions instead (Yu et al.: Dilated residual networks, 2017). None for no limit.
    """
    shape = {"kernel_sizes": layout.kernel_sizes, "width_factors": layout.width_factors}
    block_f = with_defaults(block_f, **shape)
    groups, scale, dilation = {}, stem_stride, 1
    for i, length in enumerate(layout.group_lengths):
        stride, before = (2 if i else 1), dilation
        if output_stride is not None and scale * stride > output_stride:
            stride, dilation = 1, dilation * stride
        scale *= stride
        make = partial(block_f, layout.base_width * 2**i)
        first = make(stride=stride, dilation=before)
        rest = {f"block{j}": make(dilation=dilation) for j in range(1, length)}
        groups[f"group{i}"] = Seq(block0=first, **rest)
    return groups
