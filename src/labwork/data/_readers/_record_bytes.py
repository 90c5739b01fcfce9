"""The bytes of TFRecord files by their places, of compressed ones after unpacking."""

import os
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

from labwork.data._readers._source import Source

__all__ = ["FileBytes", "RecordBytes", "UnpackedBytes", "compression_of"]

_CHUNK = 2**20
_EITHER = 32 + zlib.MAX_WBITS  # gzip or zlib, by the header


class RecordBytes(Protocol):
    """Bytes that are read by their places.

    Attributes:
        size: how many there are.
        unit: what places count, for messages.
    """

    size: int
    unit: str

    def read(self, start: int, length: int) -> bytes:
        """The bytes from ``start`` on; fewer at the end."""


class FileBytes(RecordBytes):
    """Those of an open file."""

    unit = "byte"

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, start)


class UnpackedBytes(RecordBytes):
    """Those that a compressed file unpacks to, in memory.

    Raises:
        ConfigError: where the file is damaged or cut off.
    """

    unit = "unpacked byte"

    def __init__(self, source: Source, kind: str) -> None:
        self._content = b"".join(_unpacked(source, kind))
        self.size = len(self._content)

    def read(self, start: int, length: int) -> bytes:
        return self._content[start : start + length]


def compression_of(start: bytes) -> str | None:
    """What a file is compressed with that begins so: ``gzip``, ``zlib`` or nothing.

    >>> compression_of(zlib.compress(b"records")), compression_of(b"records")
    ('zlib', None)
    """
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    # RFC 1950: method 8, a window of up to 32 KB, and two bytes that 31 divides.
    is_zlib = start[0] & 0x8F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    return "zlib" if is_zlib else None


def _unpacked(source: Source, kind: str) -> Iterator[bytes]:
    stream = zlib.decompressobj(_EITHER)
    with source.path.open("rb") as file:
        while content := file.read(_CHUNK):
            while content:
                if stream.eof:  # gzip allows for several streams one after the other
                    stream = zlib.decompressobj(_EITHER)
                try:
                    yield stream.decompress(content)
                except zlib.error as error:
                    place = f"before byte {file.tell():,}"
                    raise source.error(f"its {kind} data is damaged {place}: {error}") from error
                content = stream.unused_data
    if not stream.eof:
        raise source.error(f"its {kind} data is cut off; copy the file again")
