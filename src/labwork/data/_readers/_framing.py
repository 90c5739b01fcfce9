"""How TFRecord files are divided into records: each has a length and its CRC-32C, bytes and theirs.

The layout is described at https://www.tensorflow.org/tutorials/load_data/tfrecord; numbers are
little-endian.
"""

from collections.abc import Callable
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from labwork.data._readers._record_bytes import RecordBytes, UnpackedBytes, compression_of
from labwork.data._readers._source import Source

__all__ = ["place_of", "record_at", "record_starts", "unpacked"]

_HEADER, _CHECKSUM = Struct("<QI"), Struct("<I")


def record_starts(content: RecordBytes, source: Source) -> NDArray[np.int64]:
    """Where records begin, shape (N,); their lengths are read and checked, and nothing else.

    Raises:
        ConfigError: where a length is damaged, or the file is cut off; the message says where.
    """
    checksum = _checksum(source)
    starts, start = list[int](), 0
    while start < content.size:
        header = content.read(start, _HEADER.size)
        if len(header) == _HEADER.size and header[8:] != checksum(header[:8]):
            place = place_of(len(starts), start, content)
            raise source.error(f"{place} isn't one of TFRecord, or its length is damaged")
        starts.append(start)
        start += _HEADER.size + _CHECKSUM.size + int.from_bytes(header[:8], "little")
    if start > content.size:
        place = place_of(len(starts) - 1, starts[-1], content)
        raise source.error(f"{place} is cut off; copy the file again")
    return np.array(starts, np.int64)


def record_at(content: RecordBytes, number: int, start: int, source: Source) -> bytes:
    """The bytes of a record, whose checksum is compared."""
    length, _ = _HEADER.unpack(content.read(start, _HEADER.size))
    data = content.read(start + _HEADER.size, length + _CHECKSUM.size)
    record, checksum = data[:length], data[length:]
    if checksum != _checksum(source)(record):
        place = place_of(number, start, content)
        raise source.error(f"{place} is damaged: its checksum differs; copy the file again")
    return record


def place_of(number: int, start: int, content: RecordBytes) -> str:
    """Where a record is, for messages."""
    return f"record {number} at {content.unit} {start:,}"


def unpacked(source: Source) -> UnpackedBytes | None:
    """What a file unpacks to, where it is compressed."""
    with source.path.open("rb") as file:
        start = file.read(_HEADER.size)
    # A length that looks like the beginning of compressed data has a checksum that fits.
    is_plain = start[8:] == _checksum(source)(start[:8])
    kind = None if is_plain else compression_of(start)
    return None if kind is None else UnpackedBytes(source, kind)


def _checksum(source: Source) -> Callable[[bytes], bytes]:
    crc32c = source.library("google_crc32c", "TFRecord").value

    def masked(content: bytes) -> bytes:
        crc = crc32c(content)
        return _CHECKSUM.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    return masked
