"""JPEG through libjpeg-turbo, or through Pillow where simplejpeg isn't installed."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._packing._jpeg_tiles import restart_interval, with_table
from labwork.data.datasets._files._open_image import pillow

__all__ = ["decode_jpeg", "encode_jpeg"]

_SPACES = {1: "GRAY", 3: "RGB"}
_MODES = {1: "L", 3: "RGB"}


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """The JPEG file of pixels (H, W, 1) or (H, W, 3), in tiles."""
    height, width, channels = pixels.shape
    if max(height, width) > 65_500:
        raise ConfigError(f"JPEG holds no image of {width}×{height} pixels: use encode='png'")
    buffer = BytesIO()
    squeezed = pixels[..., 0] if channels == 1 else pixels
    pillow().fromarray(squeezed).save(
        buffer,
        "JPEG",
        quality=quality,
        subsampling="4:2:0",
        restart_marker_blocks=restart_interval((height, width), channels),
    )
    return with_table(buffer.getvalue())


def decode_jpeg(
    content: bytes | bytearray, channels: int, min_size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """The pixels (H, W, channels) of a JPEG file.

    Args:
        content: the file.
        channels: 1 or 3; files with another number are converted.
        min_size: (height, width) that are enough: of the sizes 8/8, 7/8 … 1/8 that libjpeg can
            decode at less cost, the smallest that is as large is taken.

    Raises:
        ValueError: where it isn't a whole JPEG file.
    """
    if (library := _simplejpeg()) is None:
        return _by_pillow(content, channels, min_size)
    height, width = min_size or (0, 0)
    pixels: NDArray[np.uint8] = library.decode_jpeg(
        content, _SPACES[channels], min_height=height, min_width=width, strict=False
    )
    return pixels


def _by_pillow(
    content: bytes | bytearray, channels: int, min_size: tuple[int, int] | None
) -> NDArray[np.uint8]:
    with pillow().open(BytesIO(content), formats=["JPEG"]) as image:
        if min_size is not None:
            image.draft(None, min_size[::-1])
        pixels = np.array(image.convert(_MODES[channels]))
    return pixels.reshape(*pixels.shape[:2], channels)


@cache
def _simplejpeg() -> Any:
    return import_module("simplejpeg") if find_spec("simplejpeg") else None
