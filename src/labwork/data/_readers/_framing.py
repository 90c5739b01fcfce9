"""How TFRecord files are divided into records: each has a length and its CRC-32C, bytes and theirs.

The layout is described at https://www.tensorflow.org/tutorials/load_data/tfrecord; numbers are
little-endian.
"""

import os
from collections.abc import Callable
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._readers._source import Source

__all__ = ["place_of", "record_at", "record_starts"]

_HEADER, _CHECKSUM = Struct("<QI"), Struct("<I")


def record_starts(source: Source) -> NDArray[np.int64]:
    """Where records begin, shape (N,); their lengths are read and checked, and nothing else.

    Raises:
        ConfigError: where a length is damaged, or the file is cut off; the message says where.
    """
    checksum, size = _checksum(source), source.path.stat().st_size
    starts, start = list[int](), 0
    with source.path.open("rb") as file:
        while start < size:
            header = os.pread(file.fileno(), _HEADER.size, start)
            if len(header) == _HEADER.size and header[8:] != checksum(header[:8]):
                place = place_of(len(starts), start)
                raise source.error(f"{place} isn't one of TFRecord, or its length is damaged")
            starts.append(start)
            start += _HEADER.size + _CHECKSUM.size + int.from_bytes(header[:8], "little")
    if start > size:
        place = place_of(len(starts) - 1, starts[-1])
        raise source.error(f"{place} is cut off; copy the file again")
    return np.array(starts, np.int64)


def record_at(file: Any, number: int, start: int, source: Source) -> bytes:
    """The bytes of a record of an open file, whose checksum is compared."""
    length, _ = _HEADER.unpack(os.pread(file.fileno(), _HEADER.size, start))
    data = os.pread(file.fileno(), length + _CHECKSUM.size, start + _HEADER.size)
    content, checksum = data[:length], data[length:]
    if checksum != _checksum(source)(content):
        place = place_of(number, start)
        raise source.error(f"{place} is damaged: its checksum differs; copy the file again")
    return content


def place_of(number: int, start: int) -> str:
    """Where a record is, for messages."""
    return f"record {number} at byte {start:,}"


def _checksum(source: Source) -> Callable[[bytes], bytes]:
    crc32c = source.library("google_crc32c", "tfrecords", "TFRecord").value

    def masked(content: bytes) -> bytes:
        crc = crc32c(content)
        return _CHECKSUM.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    return masked
