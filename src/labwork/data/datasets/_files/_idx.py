"""The idx format of MNIST and its kin: a header, then the numbers."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data.datasets._files._content import cut_off, read_content

__all__ = ["read_idx"]


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of unsigned bytes in an idx file, compressed by gzip where it ends in ``.gz``.

    The format is described at https://yann.lecun.org/exdb/mnist/.

    Raises:
        ConfigError: where the file isn't of this format, is empty or damaged, or its length
            doesn't fit its header.
    """
    data = _contents(path)
    if data[:3] != b"\x00\x00\x08" or not 1 <= data[3] <= 4:
        raise ConfigError(f"{path} isn't an idx file of bytes")
    rank = data[3]
    start = 4 + 4 * rank
    if len(data) < start:
        raise cut_off(path, "it ends in its header")
    shape = struct.unpack(f">{rank}I", data[4:start])
    promised, there = math.prod(shape), len(data) - start
    sizes = f"its header promises {promised:,} bytes of shape {shape}, and {there:,} follow"
    if there < promised:
        raise cut_off(path, sizes)
    if there > promised:
        raise ConfigError(f"{path} is damaged: {sizes}; get it again")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _contents(path: Path) -> bytes:
    content = read_content(path)
    try:
        data = gzip.decompress(content) if path.suffix == ".gz" else content
    except EOFError as error:
        raise cut_off(path, "it ends before what it compresses does") from error
    except (OSError, zlib.error) as error:
        raise ConfigError(f"{path} is damaged: {error}; get it again") from error
    if len(data) < 4:
        raise cut_off(path, "it ends in its header")
    return data
