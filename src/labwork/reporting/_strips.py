"""Strips of a contact sheet: what lies below one another, each as high as it needs to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labwork.reporting._tile import Pixels

__all__ = ["MARGIN", "Heading", "Row", "fitting"]

MARGIN = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of text over what follows.

    Attributes:
        text: the line; an empty one takes no place.
        font: what it is written in.
        width: what it is cut to.
    """

    text: str
    font: Any
    width: int

    @property
    def height(self) -> int:
        """In pixels."""
        return round(self.font.size * 1.5) if self.text else 0

    def draw(self, sheet: Any, pen: Any, left: int, top: int) -> None:
        """Draws it with its upper left corner there."""
        pen.text((left, top), fitting(self.text, self.font, self.width), "black", self.font)


@dataclass(frozen=True, slots=True)
class Row:
    """Pictures beside one another, with their captions.

    Attributes:
        pictures: of shape (H, W, 3); none is wider than ``width``.
        captions: a line for each.
        font: what they are written in.
        width: of a column.
        image_module: Pillow's.
    """

    pictures: Sequence[Pixels]
    captions: Sequence[str]
    font: Any
    width: int
    image_module: Any

    @property
    def height(self) -> int:
        """In pixels."""
        return max(p.shape[0] for p in self.pictures) + MARGIN + round(self.font.size * 1.3)

    def draw(self, sheet: Any, pen: Any, left: int, top: int) -> None:
        """Draws it with its upper left corner there."""
        for picture, caption in zip(self.pictures, self.captions, strict=True):
            sheet.paste(self.image_module.fromarray(picture), (left, top))
            text = fitting(caption, self.font, self.width)
            pen.text((left, top + picture.shape[0] + 1), text, "black", self.font)
            left += self.width + MARGIN


def fitting(text: str, font: Any, width: int) -> str:
    """The beginning of ``text`` that fits into ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    shown = next((n for n in range(len(text), 0, -1) if font.getlength(text[:n] + "…") <= width), 0)
    return f"{text[:shown]}…"
