"""Tiles: pictures of samples, with classes as colors over them."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError

__all__ = ["Pixels", "Tile", "class_color", "overlay", "paint"]

_SMALLEST = 96  # pixels; smaller images are enlarged by a whole number

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture and what stands below it.

    Attributes:
        image: values in [0, 1], shape (3, H, W) or (1, H, W).
        caption: a line of text.
        label_map: classes, shape (H, W), to be laid over the image; -1 is no class.
    """

    image: NDArray[np.float32]
    caption: str = ""
    label_map: NDArray[np.int64] | None = None


def overlay(
    image: NDArray[np.float32],
    label_map: NDArray[np.int64],
    colors: Sequence[Sequence[int]] = (),
    opacity: float = 0.5,
) -> NDArray[np.float32]:
    """An image with classes as colors laid over it.

    Args:
        image: values in [0, 1], shape (3, H, W) or (1, H, W).
        label_map: classes, shape (H, W); pixels of the class -1 stay as they are.
        colors: red, green and blue of each class, from 0 to 255; by default distinct hues.
        opacity: of the colors, in [0, 1].

    >>> picture = overlay(np.zeros((1, 1, 2), np.float32), np.array([[0, -1]]), [(255, 0, 102)])
    >>> picture[:, 0].T.round(2).tolist()
    [[0.5, 0.0, 0.20000000298023224], [0.0, 0.0, 0.0]]
    """
    count = int(label_map.max(initial=0)) + 1
    palette = np.array([class_color(i, colors) for i in range(count)], np.float32) / 255
    painted = palette[np.maximum(label_map, 0)].transpose(2, 0, 1)
    share = opacity * (label_map >= 0)
    blended: NDArray[np.float32] = (image * (1 - share) + painted * share).astype(np.float32)
    return blended


def class_color(index: int, colors: Sequence[Sequence[int]] = ()) -> Sequence[float]:
    """Red, green and blue of a class, from 0 to 255."""
    if index < len(colors):
        return colors[index]
    # Steps of the golden ratio keep neighbours apart, however many there are.
    return [255 * part for part in colorsys.hsv_to_rgb(index * 0.618 % 1, 0.8, 0.95)]


def paint(tile: Tile, colors: Sequence[Sequence[int]]) -> Pixels:
    """The pixels of a tile, shape (H, W, 3), enlarged where it is small."""
    if tile.image.ndim != 3 or tile.image.shape[0] not in (1, 3):
        shape = tile.image.shape
        raise ConfigError(f"a picture has shape (3, H, W) or (1, H, W), and this has {shape}")
    image = tile.image if tile.label_map is None else overlay(tile.image, tile.label_map, colors)
    pixels = (np.clip(image, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    times = max(1, _SMALLEST // max(1, min(pixels.shape[:2])))
    enlarged: Pixels = np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))
    return enlarged
