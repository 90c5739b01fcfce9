"""A contact sheet: samples as a picture, so that people see what a network is given."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, import_extra
from labwork.reporting._legend import Legend
from labwork.reporting._strips import MARGIN, Heading, Row
from labwork.reporting._tile import Tile, paint

__all__ = ["Block", "wrap_rows", "write_contact_sheet"]

_SMALLEST_TEXT = 11  # pixels; on larger tiles text is larger too
_RATIO = 4 / 3  # width to height of what people look at


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of tiles that belong together, with a legend of the classes in their label maps.

    Attributes:
        rows: rows of tiles, whose sizes may differ.
        heading: a line above them.
        colors: of the classes of label maps; see ``overlay``.
        class_names: what the legend calls the classes; the others by their numbers.
    """

    rows: Sequence[Sequence[Tile]]
    heading: str = ""
    colors: Sequence[Sequence[int]] = ()
    class_names: Sequence[str] = ()


def wrap_rows(blocks: Sequence[Block]) -> list[Block]:
    """Cuts long rows into ones of nearly the same length, so that a sheet of them is about 4:3.

    Args:
        blocks: the rows of each are of one length, and what is below one another there stays so,
            such as samples and the same ones augmented.

    >>> import numpy as np
    >>> row = [Tile(np.zeros((3, 90, 120), np.float32))] * 8
    >>> [len(row) for block in wrap_rows([Block([row, row])]) for row in block.rows]
    [4, 4, 4, 4]
    """
    shapes = [tile.image.shape for block in blocks for row in block.rows for tile in row]
    height, width = (max((s[i] for s in shapes), default=1) for i in (-2, -1))
    most = max((len(row) for block in blocks for row in block.rows), default=1)

    def unfitness(columns: int) -> float:
        count = sum(math.ceil(len(b.rows[0]) / columns) * len(b.rows) for b in blocks)
        return abs(math.log(columns * width / (count * height) / _RATIO))

    even = {math.ceil(most / math.ceil(most / columns)) for columns in range(1, most + 1)}
    columns = min(sorted(even), key=unfitness)
    return [replace(block, rows=_wrapped(block.rows, columns)) for block in blocks]


def _wrapped(rows: Sequence[Sequence[Tile]], columns: int) -> list[Sequence[Tile]]:
    starts = range(0, len(rows[0]), columns)
    return [row[start : start + columns] for start in starts for row in rows]


def write_contact_sheet(path: Path, blocks: Sequence[Block]) -> None:
    """Writes blocks of tiles as a PNG, one below the other.

    Args:
        path: the file; its name ends in ``.png``.
        blocks: what is to be drawn. ``wrap_rows`` cuts long rows.

    Raises:
        ConfigError: where Pillow is missing, an image can't be drawn, or the file not be written.
    """
    if path.suffix.lower() != ".png":
        raise ConfigError(f"a contact sheet is a PNG, and {str(path)!r} doesn't end in .png")
    pil = _import_pillow()
    strips, width = _strips(blocks, pil)
    size = (width, sum(strip.height for strip in strips) + 2 * MARGIN)
    sheet = pil.Image.new("RGB", size, "white")
    pen, top = pil.ImageDraw.Draw(sheet), MARGIN
    for strip in strips:
        strip.draw(sheet, pen, MARGIN, top)
        top += strip.height
    _save(sheet, path)


def _strips(blocks: Sequence[Block], pil: Any) -> tuple[list[Any], int]:
    """What lies below one another on the sheet, and how wide that is."""
    painted = [[[paint(tile, b.colors) for tile in row] for row in b.rows] for b in blocks]
    width = max((p.shape[1] for rows in painted for row in rows for p in row), default=1)
    most = max((len(row) for block in blocks for row in block.rows), default=1)
    full = most * (width + MARGIN) - MARGIN
    font = pil.ImageFont.load_default(max(_SMALLEST_TEXT, width // 24))

    def of(block: Block, pictures: list[Any]) -> Iterator[Any]:
        yield Heading(block.heading, font, full)
        for row, drawn in zip(block.rows, pictures, strict=True):
            yield Row(drawn, [tile.caption for tile in row], font, width, pil.Image)
        tiles = (tile for row in block.rows for tile in row)
        yield Legend.of(tiles, block.colors, block.class_names, font, full)

    pairs = zip(blocks, painted, strict=True)
    return [strip for pair in pairs for strip in of(*pair)], full + 2 * MARGIN


def _import_pillow() -> Any:
    for part in ("Image", "ImageDraw", "ImageFont"):
        import_extra(f"PIL.{part}", "a contact sheet")
    return import_extra("PIL", "a contact sheet")


def _save(sheet: Any, path: Path) -> None:
    try:
        sheet.save(path, format="PNG")
    except OSError as error:
        raise ConfigError(f"{str(path)!r} can't be written: {error.strerror}") from error
