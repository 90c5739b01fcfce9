"""Stored bytes as values; no bytes are ever run."""

import json
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.data._folders._arrays import as_type
from labwork.data._folders._plain import from_tagged
from labwork.data._packing._column import Column
from labwork.data._packing._jpeg import decode_jpeg
from labwork.data._packing._png import decode_map, decode_png

__all__ = ["decode_value"]

MinSize = tuple[int, int] | None


def decode_value(
    column: Column, contents: list[bytes], shape: tuple[int, ...], min_size: MinSize = None
) -> Any:
    """The value that was stored.

    Args:
        column: how it was stored.
        contents: its items.
        shape: of the array; of a ragged one that of this sample.
        min_size: (height, width) that are enough of a JPEG image, which may be smaller then.
    """
    if column.kind == "text":
        return contents[0].decode("utf-8", "surrogatepass")
    if column.kind == "bytes":
        return contents[0]
    if column.kind == "json":
        value = json.loads(contents[0])
        return from_tagged(value) if column.type == "plain" else value
    if column.kind == "map":
        return as_type(decode_map(contents[0]).astype(column.dtype), column.type)
    if column.kind == "image":
        return _decode_frames(column, contents, min_size)
    # A copy: what tensors share with bytes can't be written to.
    array = np.frombuffer(bytearray(contents[0]), column.dtype).reshape(shape)
    return as_type(array, column.type, column.bits)


def _decode_frames(column: Column, contents: list[bytes], min_size: MinSize) -> Any:
    frames = [_pixels(column, content, min_size) for content in contents]
    pixels = np.stack(frames) if column.is_sequence else frames[0]
    if column.dtype != "|u1":
        pixels = (pixels / np.float64(255)).astype(column.dtype)
    if column.type == "array":
        return pixels
    # A view: a crop of it costs no copy of the whole image.
    return torch.from_numpy(pixels).movedim(-1, -3)


def _pixels(column: Column, content: bytes, min_size: MinSize) -> NDArray[Any]:
    if column.encode == "png":
        return decode_png(content, column.channels)
    return decode_jpeg(content, column.channels, min_size)
