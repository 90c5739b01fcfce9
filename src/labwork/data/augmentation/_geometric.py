"""Geometric operations: all fields of a record move by one placement."""

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from labwork.data._lazy_image import LazyImage
from labwork.data.augmentation._checks import one_of
from labwork.data.augmentation._nearest import nearest_pixels
from labwork.data.augmentation._operation import Operation
from labwork.data.augmentation._placement import Placement
from labwork.data.augmentation._resample import Interpolation, Library, resize_windows, warp
from labwork.data.augmentation._values import check_values
from labwork.data.augmentation._windows import copy_windows

__all__ = ["VOID", "Geometric", "Resizing", "Warping", "Windows"]

VOID = -1
"""What label maps hold where there is no label."""


@dataclass(frozen=True, repr=False, eq=False)
class Geometric(Operation[Placement]):
    """An operation that moves pixels.

    A subclass draws a ``Placement``. Label maps get the nearest label and -1 outside, boxes are
    cut at the border, key points are not: those that leave the image lie outside of it.
    """

    def cut_out(self, image: LazyImage, drawn: Placement) -> tuple[Tensor, Placement]:
        window = drawn.window()
        return image.window(window), drawn.within(window)

    def map(self, maps: Tensor, drawn: Placement) -> Tensor:
        return nearest_pixels(maps, drawn, VOID)

    def points(self, points: Tensor, drawn: Placement) -> Tensor:
        return drawn.points(points)

    def boxes(self, boxes: Tensor, drawn: Placement) -> Tensor:
        return drawn.boxes(boxes)


@dataclass(frozen=True, repr=False, eq=False)
class Windows(Geometric):
    """A geometric operation that copies pixels as they are."""

    @property
    def outside(self) -> float:
        """What images get outside, from 0 to 1."""
        return 0.0

    @property
    def by_windows(self) -> bool:
        return True

    def image(self, images: Tensor, drawn: Placement) -> Tensor:
        fill = round(255 * self.outside) if images.dtype == torch.uint8 else self.outside
        new = copy_windows(images.flatten(1, 2), drawn, fill)
        return new.reshape(*images.shape[:3], *drawn.size)

    def map(self, maps: Tensor, drawn: Placement) -> Tensor:
        return copy_windows(maps, drawn, VOID)


@dataclass(frozen=True, repr=False, eq=False)
class Resizing(Geometric):
    """A geometric operation that resizes windows.

    Args:
        interpolation: of images: ``"bilinear"``, ``"bicubic"`` or ``"nearest"``.
        library: ``"torch"`` averages where it makes smaller (antialiasing), for images of any
            device; ``"opencv"`` doesn't, and is faster.
    """

    interpolation: Interpolation = field(default="bilinear", kw_only=True)
    library: Library = field(default="torch", kw_only=True)

    def __post_init__(self) -> None:
        one_of(self, ("nearest", "bilinear", "bicubic"), interpolation=self.interpolation)
        one_of(self, ("torch", "opencv"), library=self.library)
        super().__post_init__()

    @property
    def by_windows(self) -> bool:
        # The nearest of two pixels that are equally far might be the other one.
        return self.interpolation != "nearest"

    def image(self, images: Tensor, drawn: Placement) -> Tensor:
        if self.interpolation == "nearest":
            new = nearest_pixels(images.flatten(1, 2), drawn, 0)
            return new.reshape(*images.shape[:3], *drawn.size)
        if self.interpolation == "bicubic" and images.is_floating_point():
            check_values(images)  # as what cubic weights overshoot is cut to [0, 1]
        return resize_windows(images, drawn, self.interpolation, self.library)


@dataclass(frozen=True, repr=False, eq=False)
class Warping(Geometric):
    """A geometric operation with any linear map.

    Args:
        interpolation: of images: ``"bilinear"`` or ``"nearest"``.
    """

    interpolation: Literal["nearest", "bilinear"] = field(default="bilinear", kw_only=True)

    def __post_init__(self) -> None:
        one_of(self, ("nearest", "bilinear"), interpolation=self.interpolation)
        super().__post_init__()

    def image(self, images: Tensor, drawn: Placement) -> Tensor:
        flat = images.flatten(1, 2)
        is_nearest = self.interpolation == "nearest"
        new = nearest_pixels(flat, drawn, 0) if is_nearest else warp(flat, drawn)
        return new.reshape(*images.shape[:3], *drawn.size)
