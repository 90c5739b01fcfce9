"""PNG through Pillow: lossless."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data.datasets._files._open_image import pillow

__all__ = ["decode_map", "decode_png", "encode_map", "encode_png"]

_MAP_VALUES = 2**16


def encode_png(pixels: NDArray[np.uint8], exif: bytes = b"") -> bytes:
    """The PNG file of pixels (H, W, C) with 1, 3 or 4 channels."""
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    return _saved(np.ascontiguousarray(squeezed), exif)


def decode_png(content: bytes, channels: int) -> NDArray[np.uint8]:
    """The pixels (H, W, channels) of what ``encode_png`` made."""
    pixels = _opened(content)
    return pixels.reshape(*pixels.shape[:2], channels)


def encode_map(classes: NDArray[Any]) -> bytes:
    """The PNG file of classes (H, W) from -1, which is the absence of one, to 65534."""
    low, high = (int(classes.min()), int(classes.max())) if classes.size else (0, 0)
    if low < -1 or high >= _MAP_VALUES - 1:
        raise ConfigError(
            f"a label map holds {low if low < -1 else high}, but PNG holds classes from -1 to"
            f" {_MAP_VALUES - 2}: use encode='raw'"
        )
    fits_byte = high < 255
    return _saved((classes.astype(np.int64) + 1).astype(np.uint8 if fits_byte else np.uint16))


def decode_map(content: bytes) -> NDArray[Any]:
    """The classes (H, W) of what ``encode_map`` made, int32."""
    return _opened(content).astype(np.int32) - 1


def _saved(pixels: NDArray[Any], exif: bytes = b"") -> bytes:
    buffer = BytesIO()
    options = {"exif": exif} if exif else {}
    pillow().fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def _opened(content: bytes) -> NDArray[Any]:
    with pillow().open(BytesIO(content), formats=["PNG"]) as image:
        return np.array(image)
