"""Images of floats that are bytes at heart: 0, 1/255 … 1."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._packing._pictures import as_bytes_of_pixels

__all__ = ["from_unit_bytes", "pack_units", "unpack_units"]


def pack_units(values: NDArray[Any]) -> bytes:
    """Floats as a byte each where that loses not a bit, else as they are.

    >>> len(pack_units(np.float32([0, 0.2, 1]))), len(pack_units(np.float32([0, 0.21, 1])))
    (3, 12)
    """
    stored = values.tobytes()
    if not (values.min() >= 0 and values.max() <= 1):
        return stored
    pixels = as_bytes_of_pixels(values)
    # The bits are compared, because -0.0 equals 0.0.
    return pixels.tobytes() if from_unit_bytes(pixels, values.dtype).tobytes() == stored else stored


def unpack_units(content: NDArray[np.uint8], dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The floats of ``pack_units``; the number of bytes tells how they were stored."""
    if content.size == math.prod(shape):
        return from_unit_bytes(content.reshape(shape), np.dtype(dtype))
    return content.view(dtype).reshape(shape)


def from_unit_bytes(pixels: NDArray[np.uint8], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Bytes divided by 255, rounded as PyTorch rounds ``pixels.float() / 255``."""
    floats = pixels.astype(dtype)
    floats /= dtype.type(255)
    return floats
