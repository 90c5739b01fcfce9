"""A contact sheet: samples as a picture, so that people see what a network is given."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError

__all__ = ["Tile", "overlay", "write_contact_sheet"]

_MARGIN, _CAPTION = 6, 14
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
    palette = np.array([_color(i, colors) for i in range(count)], np.float32) / 255
    painted = palette[np.maximum(label_map, 0)].transpose(2, 0, 1)
    share = opacity * (label_map >= 0)
    blended: NDArray[np.float32] = (image * (1 - share) + painted * share).astype(np.float32)
    return blended


def write_contact_sheet(
    path: Path, rows: Sequence[Sequence[Tile]], colors: Sequence[Sequence[int]] = ()
) -> None:
    """Writes tiles as a PNG, a row for each sequence.

    Args:
        path: the file.
        rows: rows of tiles; sizes may differ.
        colors: of the classes of label maps; see ``overlay``.

    Raises:
        ConfigError: where Pillow is missing.
    """
    draw = _import_pillow()
    pictures = [[_paint(tile, colors) for tile in row] for row in rows]
    width = max((p.shape[1] for row in pictures for p in row), default=1) + _MARGIN
    heights = [max(p.shape[0] for p in row) + _MARGIN + _CAPTION for row in pictures]
    size = (width * max(map(len, rows)) + _MARGIN, sum(heights) + _MARGIN)
    sheet = draw.Image.new("RGB", size, "white")
    pen = draw.ImageDraw.Draw(sheet)
    top = _MARGIN
    for tiles, row, height in zip(rows, pictures, heights, strict=True):
        for column, (tile, picture) in enumerate(zip(tiles, row, strict=True)):
            left = _MARGIN + column * width
            sheet.paste(draw.Image.fromarray(picture), (left, top))
            pen.text((left, top + picture.shape[0] + 1), _fitting(tile.caption, width), "black")
        top += height
    sheet.save(path)


def _import_pillow() -> Any:
    try:
        import PIL.Image
        import PIL.ImageDraw
    except ImportError:
        message = "pictures of samples need Pillow: pip install 'labwork[images]'"
        raise ConfigError(message) from None
    return PIL


def _paint(tile: Tile, colors: Sequence[Sequence[int]]) -> Pixels:
    image = tile.image if tile.label_map is None else overlay(tile.image, tile.label_map, colors)
    pixels = (np.clip(image, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    times = max(1, _SMALLEST // max(1, min(pixels.shape[:2])))
    enlarged: Pixels = np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))
    return enlarged


def _color(index: int, colors: Sequence[Sequence[int]]) -> Sequence[float]:
    if index < len(colors):
        return colors[index]
    # Steps of the golden ratio keep neighbours apart, however many there are.
    return [255 * part for part in colorsys.hsv_to_rgb(index * 0.618 % 1, 0.8, 0.95)]


def _fitting(text: str, width: int) -> str:
    most = max(1, width // 7)
    return text if len(text) <= most else f"{text[: most - 1]}…"
