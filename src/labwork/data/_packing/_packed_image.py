"""A packed JPEG image, of which windows can be decoded alone."""

from typing import Any

import torch
from torch import Tensor

from labwork.data._lazy_image import Window
from labwork.data._packing._decode import decode_value
from labwork.data._packing._jpeg import decode_jpeg
from labwork.data._packing._jpeg_tiles import JpegTiles
from labwork.data._packing._packed_column import PackedColumn

__all__ = ["PackedImage"]


class PackedImage:
    """The image of a sample, as a ``Picture``; the file is read when something is asked for.

    Args:
        packed: the field.
        index: the sample.
    """

    def __init__(self, packed: PackedColumn, index: int) -> None:
        self._packed, self._index = packed, index
        self._content: bytes | None = None
        self._tiles: JpegTiles | None = None

    def open(self) -> tuple[int, int, int] | None:
        """Reads the file; (C, H, W), where it has tiles."""
        self._content = self._read()
        self._tiles = JpegTiles.of(self._content)
        return None if self._tiles is None else (self._packed.column.channels, *self._tiles.size)

    def window(self, window: Window) -> Tensor:
        """The pixels in a window, of which no tile but those that are needed is decoded."""
        assert self._tiles is not None
        file, (x, y, width, height) = self._tiles.covering(window)
        pixels = decode_jpeg(file, self._packed.column.channels)[y : y + height, x : x + width]
        return torch.from_numpy(pixels).permute(2, 0, 1)

    def whole(self) -> Any:
        """All pixels."""
        return decode_value(self._packed.column, [self._read()], ())

    def _read(self) -> bytes:
        return self._packed.encoded(self._index)[0] if self._content is None else self._content
