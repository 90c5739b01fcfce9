"""JPEG files in tiles: with restart markers, a window is decoded without what lies around it.

A restart marker ends a run of blocks that depends on nothing before it (ITU-T T.81, F.1.1.5). Where
the runs form a grid of tiles, some of them, with their number in the header, are a JPEG file again.
Where they end is found by looking for markers, or in a table that ``with_table`` put there.
"""

from struct import unpack_from
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from labwork.data._lazy_image import Window

__all__ = ["JpegTiles", "restart_interval", "with_table"]

_SIDE = 32  # pixels, about: small enough to leave much out, large enough to need few markers
# At a tile's edge, what lies beyond is looked at to interpolate colours; and images of up to four
# pixels aren't interpolated, which an image's last tile may be.
_CONTEXT = 5
_BASELINE, _INTERVAL, _SCAN, _TABLE = (0xC0, 0xC1), 0xDD, 0xDA, 0xE9
_TABLE_NAME = b"tiles\0"  # how the segment begins, which is one for applications
_LARGEST = 2**16  # what two bytes count
_END = 0xD9


class _Header(NamedTuple):
    """What a file says before its pixels.

    Attributes:
        size: (height, width) of the image.
        size_at: where that stands in the file.
        block: (height, width) of what is coded together, in pixels.
        interval: such blocks from one restart marker to the next.
        table: the lengths of the tiles, each with the marker that ends it, as they are written.
        end: where the header ends.
    """

    size: tuple[int, int]
    size_at: int
    block: tuple[int, int]
    interval: int
    table: bytes
    end: int


class JpegTiles:
    """A JPEG file that restart markers divide into tiles, any rectangle of which is a file, too.

    Attributes:
        content: the file.
        size: (height, width) of the image.
    """

    def __init__(self, content: bytes, header: _Header, marks: NDArray[np.int64]) -> None:
        self.content, self.size, self._header = content, header.size, header
        blocks = _count(header.size[1], header.block[1])
        self._columns = max(1, blocks // header.interval)
        rows = max(1, header.interval // blocks)
        self._tile = rows * header.block[0], blocks // self._columns * header.block[1]
        self._ends = marks.reshape(-1, self._columns)
        begins = np.concatenate([[header.end], marks[:-1] + 2])
        self._begins = begins.reshape(-1, self._columns)

    @classmethod
    def of(cls, content: bytes) -> Self | None:
        """The tiles of a file; None where it has none, or isn't as it should be."""
        header = _read_header(content)
        if header is None or not header.interval:
            return None
        blocks = _count(header.size[1], header.block[1])
        if blocks % header.interval and header.interval % blocks:
            return None
        total = blocks * _count(header.size[0], header.block[0])
        marks = _listed(content, header) if header.table else _found(content, header.end)
        return cls(content, header, marks) if len(marks) == _count(total, header.interval) else None

    def covering(self, window: Window) -> tuple[bytes | bytearray, Window]:
        """The file of the tiles that are needed for a window, and where the window is in it."""
        rows = self._needed(window.y, window.height, 0)
        columns = self._needed(window.x, window.width, 1)
        if self._ends[rows, columns].size == self._ends.size:
            return self.content, window
        top, left = rows.start * self._tile[0], columns.start * self._tile[1]
        size = (
            min(self.size[0], rows.stop * self._tile[0]) - top,
            min(self.size[1], columns.stop * self._tile[1]) - left,
        )
        place = window._replace(x=window.x - left, y=window.y - top)
        return self._joined(rows, columns, size), place

    def _needed(self, start: int, length: int, axis: int) -> slice:
        tile, count = self._tile[axis], self._ends.shape[axis]
        first = max(0, start - _CONTEXT) // tile
        return slice(first, min(count, (start + length + _CONTEXT - 1) // tile + 1))

    def _joined(self, rows: slice, columns: slice, size: tuple[int, int]) -> bytearray:
        ends = self._ends[rows, columns]
        begins = self._begins[rows, columns][:, 0]
        stops = ends[:, -1] + 2
        header, content = bytearray(self.content[: self._header.end]), self.content
        for number, side in enumerate(size):
            at = self._header.size_at + 2 * number
            header[at : at + 2] = side.to_bytes(2)
        spans = zip(begins.tolist(), stops.tolist(), strict=True)
        joined = bytearray().join([header, *(content[begin:stop] for begin, stop in spans)])
        # Restart markers are numbered, and the last one becomes the end of the image.
        moved = len(header) + np.cumsum(stops - begins) - stops
        places = (ends + moved[:, None]).ravel() + 1
        pixels = np.frombuffer(joined, np.uint8)
        pixels[places] = _restarts(len(places))
        pixels[places[-1]] = _END
        return joined


def restart_interval(size: tuple[int, int], channels: int) -> int:
    """After how many blocks a marker is to stand, for tiles of about 32 pixels in a row.

    They divide a row evenly: where its number of blocks is a prime, they are a block of 16 pixels
    each, and of grey images whole rows.

    Args:
        size: (height, width) of the image.
        channels: 1, coded in blocks of 8 pixels, or 3, in blocks of 16 by subsampling 4:2:0.
    """
    block = 8 if channels == 1 else 16
    blocks = _count(size[1], block)
    least = min(16 // block, blocks)
    fitting = [number for number in range(least, blocks + 1) if blocks % number == 0]
    asked = _SIDE / block
    return min(fitting, key=lambda number: max(number / asked, asked / number))


def _restarts(count: int) -> NDArray[np.uint8]:
    """The codes of successive restart markers."""
    return (0xD0 + (np.arange(count) & 7)).astype(np.uint8)


def with_table(content: bytes) -> bytes:
    """A file in tiles with a table of these, unless they are very many or large.

    So nobody has to look for them.
    """
    tiles = JpegTiles.of(content)
    if tiles is None:
        return content
    lengths = np.diff(tiles._ends.ravel() + 2, prepend=tiles._header.end)
    size = 2 + len(_TABLE_NAME) + 2 * len(lengths)
    if max(size, *lengths) >= _LARGEST:
        return content
    table = bytes([0xFF, _TABLE]) + size.to_bytes(2) + _TABLE_NAME + lengths.astype("<u2").tobytes()
    place = tiles._header.size_at - 5  # before the segment that tells the size
    return content[:place] + table + content[place:]


def _found(content: bytes, start: int) -> NDArray[np.int64]:
    """Where the markers stand that end the runs of blocks: restart markers, and the image's end."""
    end = content.rfind(b"\xff\xd9", start)
    codes = np.frombuffer(content, np.uint8, max(0, end - start), start)
    found = np.flatnonzero((codes[:-1] == 0xFF) & ((codes[1:] ^ 0xD0) < 8))
    return np.append(found + start, end)


def _listed(content: bytes, header: _Header) -> NDArray[np.int64]:
    """The same, by the table; none where it isn't right."""
    lengths = np.frombuffer(header.table, "<u2", len(header.table) // 2)
    marks = np.cumsum(lengths, dtype=np.int64) + (header.end - 2)
    if not len(marks) or marks[-1] + 2 > len(content):
        return marks[:0]
    codes = np.frombuffer(content, np.uint8)
    are_there = (codes[marks] == 0xFF).all() and codes[marks[-1] + 1] == _END
    is_right = are_there and np.array_equal(codes[marks[:-1] + 1], _restarts(len(marks) - 1))
    return marks if is_right else marks[:0]


def _read_header(content: bytes) -> _Header | None:
    """The header of a file that is coded in one go, one row of blocks after the other."""
    at, size_at, interval, table = 2, 0, 0, b""
    while at + 4 <= len(content) and content[at] == 0xFF:
        code, end = content[at + 1], at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if code in _BASELINE:
            size_at = at + 5
        elif code == _INTERVAL:
            interval = int.from_bytes(content[at + 4 : at + 6])
        elif code == _TABLE and content.startswith(_TABLE_NAME, at + 4):
            table = content[at + 4 + len(_TABLE_NAME) : end]
        elif code == _SCAN:
            is_whole = size_at and end <= len(content) and content[at + 4] == content[size_at + 4]
            return _described(content, size_at, interval, table, end) if is_whole else None
        at = end
    return None


def _described(
    content: bytes, size_at: int, interval: int, table: bytes, end: int
) -> _Header | None:
    height, width, count = unpack_from(">HHB", content, size_at)
    samplings = content[size_at + 6 : size_at + 5 + 3 * count : 3]
    # A single channel is coded block by block, whatever its sampling.
    across, down = (1, 1) if count == 1 else (max(samplings) >> 4, max(s & 15 for s in samplings))
    if 0 in (height, width, across, down):
        return None
    return _Header((height, width), size_at, (8 * down, 8 * across), interval, table, end)


def _count(length: int, part: int) -> int:
    return -(-length // part)
