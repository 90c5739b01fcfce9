"""The legend of a contact sheet: which color is which class."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from labwork.reporting._tile import Tile, class_color

__all__ = ["Legend"]


@dataclass(frozen=True)
class Legend:
    """Squares of color with the names of classes, in lines that fit a width.

    Pixels without a class, which no color is laid over, are an empty square that is crossed out.

    Attributes:
        entries: of each class its color, its name, and the place of its square in pixels.
        font: what the names are written in.
        height: of all lines, in pixels; 0 where there is no class.
    """

    entries: Sequence[tuple[tuple[int, ...] | None, str, tuple[int, int]]]
    font: Any
    height: int

    @classmethod
    def of(
        cls,
        tiles: Iterable[Tile],
        colors: Sequence[Sequence[int]],
        class_names: Sequence[str],
        font: Any,
        width: int,
    ) -> Self:
        """The legend of the classes that are in the label maps of ``tiles``."""
        maps = [np.unique(tile.label_map) for tile in tiles if tile.label_map is not None]
        classes = np.unique(np.concatenate(maps)).tolist() if maps else []
        line, entries, left, top = round(font.size * 1.5), [], 0, 0
        for index in sorted(map(int, classes), key=lambda c: (c < 0, c)):  # void comes last
            color, name = _color_and_name(index, colors, class_names)
            taken = round(font.size * 2.5 + font.getlength(name))
            if left and left + taken > width:
                left, top = 0, top + line
            entries.append((color, name, (left, top)))
            left += taken
        return cls(entries, font, top + line if entries else 0)

    def draw(self, sheet: Any, pen: Any, left: int, top: int) -> None:
        """Draws it with its upper left corner there."""
        side = self.font.size
        for color, name, (x, y) in self.entries:
            near, far = (left + x, top + y), (left + x + side, top + y + side)
            pen.rectangle((*near, *far), color or "white", "black")
            if color is None:
                pen.line((*near, *far), "black")
            pen.text((near[0] + round(1.4 * side), near[1] - 1), name, "black", self.font)


def _color_and_name(
    index: int, colors: Sequence[Sequence[int]], class_names: Sequence[str]
) -> tuple[tuple[int, ...] | None, str]:
    if index < 0:
        return None, "void (no color)"
    name = class_names[index] if index < len(class_names) else str(index)
    return tuple(round(part) for part in class_color(index, colors)), name
