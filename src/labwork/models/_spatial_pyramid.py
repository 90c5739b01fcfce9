"""SpatialPyramidPooling: what is around each place, at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import check_counts
from labwork.models._conv_units import NormActConv, resize
from labwork.models._convolutional import Factory
from labwork.nn import Module

__all__ = ["SpatialPyramidPooling"]

_slow_norm = partial(nn.BatchNorm2d, momentum=0.005)


class SpatialPyramidPooling(Module):
    """Features, and beside them their averages over grids of several sizes.

    Zhao et al.: Pyramid scene parsing network, 2017, in the form of Krešo et al.: Efficient
    ladder-style DenseNets for semantic segmentation of large images, 2020, which first reduces the
    channels and whose grids have as many more columns as the image is wider than high.

    Args:
        width: channels of the output, and of what is pooled.
        grid_sizes: rows of each grid.
        level_width: channels of each grid's features; by default those of the output are divided.
        unit_f: makes a 1×1 convolution, with what is around it, for a width.

    Shape: (N, C, H, W) to (N, width, H, W).

    >>> SpatialPyramidPooling(128)(torch.zeros(2, 512, 6, 9)).shape
    torch.Size([2, 128, 6, 9])
    """

    def __init__(
        self,
        width: int = 128,
        *,
        grid_sizes: Sequence[int] = (8, 4, 2),
        level_width: int | None = None,
        unit_f: Factory = partial(NormActConv, norm_f=_slow_norm),
    ) -> None:
        super().__init__()
        check_counts(self, width=width, grid_sizes=grid_sizes, level_width=level_width)
        self.grid_sizes = tuple(grid_sizes)
        level_width = level_width or width // max(len(self.grid_sizes), 1)
        self.reduce = unit_f(width)
        self.levels = nn.ModuleList(unit_f(level_width) for _ in self.grid_sizes)
        self.fuse = unit_f(width)

    def forward(self, x: Tensor) -> Tensor:
        """The features with those of their surroundings."""
        x = self.reduce(x)
        ratio = x.shape[-1] / x.shape[-2]
        maps = [x]
        for level, rows in zip(self.levels, self.grid_sizes, strict=True):
            grid = (rows, max(1, round(ratio * rows)))
            maps.append(resize(level(F.adaptive_avg_pool2d(x, grid)), like=x))
        return self.fuse(torch.cat(maps, 1))
