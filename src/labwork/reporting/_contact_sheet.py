"""A contact sheet: samples as a picture, so that people see what a network is given."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, import_extra
from labwork.reporting._legend import Legend
from labwork.reporting._tile import Tile, paint

__all__ = ["wrap_rows", "write_contact_sheet"]

_MARGIN = 6
_SMALLEST_TEXT = 11  # pixels; on larger tiles text is larger too
_RATIO = 4 / 3  # width to height of what people look at


def wrap_rows(groups: Sequence[Sequence[Sequence[Tile]]]) -> list[Sequence[Tile]]:
    """Cuts long rows, so that a sheet of them is about 4:3.

    Args:
        groups: rows of one length each, whose tiles are to stay below one another, such as samples
            and the same ones augmented.

    >>> import numpy as np
    >>> row = [Tile(np.zeros((3, 90, 120), np.float32))] * 8
    >>> [len(row) for row in wrap_rows([[row, row]])]
    [4, 4, 4, 4]
    """
    shapes = [tile.image.shape for rows in groups for row in rows for tile in row]
    height, width = (max((s[i] for s in shapes), default=1) for i in (-2, -1))
    most = max((len(row) for rows in groups for row in rows), default=1)

    def unfitness(columns: int) -> float:
        count = sum(math.ceil(len(rows[0]) / columns) * len(rows) for rows in groups)
        return abs(math.log(columns * width / (count * height) / _RATIO))

    columns = min(range(1, most + 1), key=unfitness)
    return [
        row[start : start + columns]
        for rows in groups
        for start in range(0, len(rows[0]), columns)
        for row in rows
    ]


def write_contact_sheet(
    path: Path,
    rows: Sequence[Sequence[Tile]],
    colors: Sequence[Sequence[int]] = (),
    class_names: Sequence[str] = (),
) -> None:
    """Writes tiles as a PNG, a row for each sequence.

    Below label maps stands a legend of the classes that are in them.

    Args:
        path: the file; its name ends in ``.png``.
        rows: rows of tiles; sizes may differ. ``wrap_rows`` cuts long ones.
        colors: of the classes of label maps; see ``overlay``.
        class_names: what the legend calls the classes; the others by their numbers.

    Raises:
        ConfigError: where Pillow is missing, an image can't be drawn, or the file not be written.
    """
    if path.suffix.lower() != ".png":
        raise ConfigError(f"a contact sheet is a PNG, and {str(path)!r} doesn't end in .png")
    pil = _import_pillow()
    pictures = [[paint(tile, colors) for tile in row] for row in rows]
    width = max((p.shape[1] for row in pictures for p in row), default=1) + _MARGIN
    font = pil.ImageFont.load_default(max(_SMALLEST_TEXT, width // 24))
    caption = round(font.size * 1.3)
    heights = [max(p.shape[0] for p in row) + _MARGIN + caption for row in pictures]
    full = width * max(map(len, rows)) + _MARGIN
    legend = Legend.of((t for row in rows for t in row), colors, class_names, font, full - _MARGIN)
    sheet = pil.Image.new("RGB", (full, sum(heights) + _MARGIN + legend.height), "white")
    pen = pil.ImageDraw.Draw(sheet)
    top = _MARGIN
    for tiles, row, height in zip(rows, pictures, heights, strict=True):
        for column, (tile, picture) in enumerate(zip(tiles, row, strict=True)):
            left = _MARGIN + column * width
            sheet.paste(pil.Image.fromarray(picture), (left, top))
            text = _fitting(tile.caption, font, width - _MARGIN)
            pen.text((left, top + picture.shape[0] + 1), text, "black", font)
        top += height
    legend.draw(pen, _MARGIN, top)
    _save(sheet, path)


def _import_pillow() -> Any:
    for part in ("Image", "ImageDraw", "ImageFont"):
        import_extra(f"PIL.{part}", "a contact sheet")
    return import_extra("PIL", "a contact sheet")


def _fitting(text: str, font: Any, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    shown = next((n for n in range(len(text), 0, -1) if font.getlength(text[:n] + "…") <= width), 0)
    return f"{text[:shown]}…"


def _save(sheet: Any, path: Path) -> None:
    try:
        sheet.save(path, format="PNG")
    except OSError as error:
        raise ConfigError(f"{str(path)!r} can't be written: {error.strerror}") from error
