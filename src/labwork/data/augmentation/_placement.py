"""Placement: where each pixel of a new image comes from."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from labwork.data._lazy_image import Window

__all__ = ["Placement", "about_centre", "of_boxes", "of_windows"]

Numbers = NDArray[np.float64]
Pairs = Iterable[tuple[int, int]] | NDArray[np.int64]


class Placement(NamedTuple):
    """The pixel (x, y) of a new image is at ``matrix @ (x, y) + shift`` in the old one.

    (0, 0) is the centre of the upper left pixel.

    Attributes:
        matrix: shape (N, 2, 2).
        shift: shape (N, 2).
        size: (height, width) of the new images.
        old: (height, width) of the old images.
    """

    matrix: Numbers
    shift: Numbers
    size: tuple[int, int]
    old: tuple[int, int]

    def points(self, points: Tensor) -> Tensor:
        """Where key points (N, K, 2) of the old images are in the new ones."""
        inverse = torch.from_numpy(np.linalg.inv(self.matrix)).to(points.device)
        shift = torch.from_numpy(self.shift).to(points.device)
        moved = (points.double() - shift[:, None]) @ inverse.mT
        return moved.to(points.dtype)

    def boxes(self, boxes: Tensor) -> Tensor:
        """The bounds of boxes (N, K, 4) in the new images, cut at their borders."""
        x, y = boxes[..., [0, 2, 2, 0]], boxes[..., [1, 1, 3, 3]]
        corners = torch.stack([x, y], dim=-1).flatten(1, 2).double() - 0.5
        moved = (self.points(corners) + 0.5).reshape(*boxes.shape[:2], 4, 2)
        height, width = self.size
        low, high = moved.amin(2), moved.amax(2)
        bounds = torch.cat([low, high], dim=-1)
        limits = torch.tensor([width, height, width, height], device=boxes.device)
        return bounds.clamp(min=0).minimum(limits.double()).to(boxes.dtype)

    def window(self) -> Window:
        """What one sample's new image needs of the old one, by a placement without turns."""
        left, right = self._span(0)
        top, bottom = self._span(1)
        return Window(left, top, right - left, bottom - top)

    def _span(self, axis: int) -> tuple[int, int]:
        """Along x or y, where the part of the old image begins and ends, which isn't empty."""
        scale, shift = float(self.matrix[0, axis, axis]), float(self.shift[0, axis])
        new, old = self.size[1 - axis], self.old[1 - axis]
        edges = shift + 0.5 - 0.5 * scale, shift + 0.5 + (new - 0.5) * scale
        start, stop = max(0, round(min(edges))), min(old, round(max(edges)))
        return (start, stop) if start < stop else (0, old)

    def within(self, window: Window) -> "Placement":
        """The same, from what is cut out of the old images."""
        shift = self.shift - np.array([window.x, window.y])
        return self._replace(shift=shift, old=(window.height, window.width))

    def sources(self) -> tuple[Numbers, Numbers]:
        """Where all pixels of the new images come from: x and y, each (N, height, width)."""
        y, x = np.meshgrid(*map(np.arange, self.size), indexing="ij")
        pixels = np.stack([x, y], axis=-1).astype(np.float64)
        places = np.einsum("nij,hwj->nhwi", self.matrix, pixels) + self.shift[:, None, None]
        return places[..., 0], places[..., 1]


def of_windows(
    starts: ArrayLike, size: tuple[int, int], old: tuple[int, int], flips: ArrayLike = (False,) * 2
) -> Placement:
    """Windows of ``size`` whose upper left pixels are at ``starts`` (N, 2), given as (x, y).

    Args:
        starts: whole numbers; windows may reach beyond the image.
        size: (height, width) of the windows.
        old: (height, width) of the images.
        flips: whether to mirror along x and along y, shape (2,) or (N, 2).
    """
    start = np.asarray(starts, dtype=np.float64)
    flip = np.broadcast_to(np.asarray(flips), start.shape)
    matrix = np.where(flip, -1.0, 1.0)[:, :, None] * np.eye(2)
    last = np.array([size[1] - 1, size[0] - 1])
    return Placement(matrix, start + np.where(flip, last, 0), size, old)


def of_boxes(
    starts: Pairs, extents: Pairs, size: tuple[int, int], old: tuple[int, int]
) -> Placement:
    """Windows at ``starts`` (N, 2) of ``extents`` (N, 2) pixels, resized to ``size``.

    ``starts`` and ``extents`` are given as (x, y), and may reach beyond the image.
    """
    scales = [(width / size[1], height / size[0]) for width, height in extents]
    shifts = [
        (x + 0.5 * sx - 0.5, y + 0.5 * sy - 0.5)
        for (x, y), (sx, sy) in zip(starts, scales, strict=True)
    ]
    matrix = np.array([((sx, 0), (0, sy)) for sx, sy in scales], dtype=np.float64)
    shift = np.array(shifts, dtype=np.float64)
    return Placement(matrix.reshape(-1, 2, 2), shift.reshape(-1, 2), size, old)


def about_centre(matrix: Numbers, size: tuple[int, int], old: tuple[int, int]) -> Placement:
    """The linear map ``matrix`` (N, 2, 2) about the images' centres, which fall together."""
    new_centre = (np.array(size[::-1]) - 1) / 2
    old_centre = (np.array(old[::-1]) - 1) / 2
    return Placement(matrix, old_centre - matrix @ new_centre, size, old)
