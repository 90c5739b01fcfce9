"""The idx format of MNIST and its kin: a header, then the numbers."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError

__all__ = ["read_idx"]


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an idx file, compressed by gzip where it ends in ``.gz``.

    The format is described at https://yann.lecun.org/exdb/mnist/.

    Raises:
        ConfigError: where the file isn't of this format, or its length doesn't fit its header.
    """
    data = _contents(path)
    rank = data[3] if data[:3] == b"\x00\x00\x08" and len(data) > 3 else 0
    start = 4 + 4 * rank
    if not 1 <= rank <= 4 or len(data) < start:
        raise ConfigError(f"{path} isn't an idx file of bytes")
    shape = struct.unpack(f">{rank}I", data[4:start])
    if math.prod(shape) != len(data) - start:
        raise ConfigError(
            f"{path} is damaged: its header promises {math.prod(shape):,} bytes of shape {shape}, "
            f"and {len(data) - start:,} follow"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _contents(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, OSError, zlib.error) as error:
        raise ConfigError(f"{path} is damaged or can't be read: {error}") from error
