"""TPSWarp: thin plate splines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._precision import precise
from labwork.nn.perturbations._distributions import Distribution, Normal
from labwork.nn.perturbations._geometric import Geometric
from labwork.nn.perturbations._moving import check_images, pixel_grid
from labwork.nn.perturbations._perturbation import Given

__all__ = ["TPSWarp"]


class TPSWarp(Geometric):
    """Control points are displaced, and what lies between them is bent as little as possible.

    What the image shows at a control point plus its offset comes to that control point; places
    between them are interpolated by thin plate splines, Bookstein: Principal warps: thin-plate
    splines and the decomposition of deformations, 1989. The control points are the centres of the
    cells of a regular grid. With 2 by 2 of them and offsets from a normal distribution it is the
    warp of Grubišić et al.: A baseline for semi-supervised learning of efficient semantic
    segmentation models, 2021.

    Args:
        rows: rows of control points, 2 or more.
        columns: columns of control points, 2 or more.
        init: what ``init_`` draws offsets from by default; otherwise N(0, 0.1²), 0.05 of the size.

    Shape: (N, C, H, W); the offset (N, 2, rows, columns), x before y, to the right and down, where
    2 is the width or the height of the image.

    >>> x = torch.rand(4, 3, 16, 32)
    >>> label = torch.randint(0, 10, (4, 16, 32))
    >>> model = TPSWarp().reset(x).init_()
    >>> warped, moved = model(x, label)
    >>> model.offset.shape, moved.shape
    (torch.Size([4, 2, 2, 2]), torch.Size([4, 16, 32]))
    """

    offset: Tensor
    influence: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"offset": 0.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"offset": Normal(0.1)}
    shown = ("rows", "columns")

    def __init__(
        self, rows: int = 2, columns: int = 2, *, init: Given[Distribution] | None = None
    ) -> None:
        super().__init__(init=init)
        if rows < 2 or columns < 2:
            raise ConfigError(
                f"TPSWarp: control points must be 2 by 2 or more, not {rows} by {columns}"
            )
        self.rows, self.columns = rows, columns

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        check_images(self, x)
        return (len(x), 2, self.rows, self.columns)

    def setup(self, x: Tensor, y: Tensor | None = None, mask: Tensor | None = None) -> None:
        super().setup(x, y, mask)
        influence = _influence(self._points(torch.empty(0, dtype=torch.float64)))
        self.register_buffer("influence", influence, persistent=False)

    def flow(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        offset = precise(self.offset)  # half precision has too few digits for places
        places = _centres(height, width, offset).flatten(1).T
        # The spline is linear in the offsets, so that a matrix tells all of it.
        weights = _terms(places, self._points(offset)) @ self.influence.to(offset.dtype)
        flow = torch.einsum("pk,nck->ncp", weights, offset.flatten(2))
        size = 0.5 * torch.stack([flow.new_full((), width), flow.new_full((), height)])
        return flow.unflatten(2, (height, width)) * size[:, None, None]

    def _points(self, like: Tensor) -> Tensor:
        """The control points, (K, 2)."""
        return _centres(self.rows, self.columns, like).flatten(1).T


def _centres(rows: int, columns: int, like: Tensor) -> Tensor:
    """The centres of the cells of a grid from -1 to 1, (2, rows, columns)."""
    x, y = pixel_grid(rows, columns, like)
    return torch.stack([(2 * x + 1) / columns - 1, (2 * y + 1) / rows - 1])


def _terms(places: Tensor, points: Tensor) -> Tensor:
    """U(r) = r² log r² for each control point, 1, x and y at each place: (P, K + 3)."""
    squares = (places[:, None] - points).square().sum(2)
    bends = torch.xlogy(squares, squares)
    return torch.cat([bends, torch.ones_like(places[:, :1]), places], dim=1)


def _influence(points: Tensor) -> Tensor:
    """From offsets of K control points to the spline's coefficients: (K + 3, K).

    The first K columns of the inverse of Bookstein's matrix L.
    """
    count = len(points)
    upper = _terms(points, points)
    lower = torch.cat([upper[:, count:].T, points.new_zeros(3, 3)], dim=1)
    return torch.linalg.inv(torch.cat([upper, lower]))[:, :count].contiguous()
