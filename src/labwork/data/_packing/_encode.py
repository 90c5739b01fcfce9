"""Values as the bytes that are stored."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_array, bits_of
from labwork.data._folders._kinds import kind_of
from labwork.data._folders._plain import tagged
from labwork.data._packing._column import Column
from labwork.data._packing._image_files import DEFAULT_QUALITY
from labwork.data._packing._jpeg import encode_jpeg
from labwork.data._packing._pictures import as_bytes_of_pixels, channels_last
from labwork.data._packing._png import encode_map, encode_png
from labwork.data._packing._unit_pixels import pack_units

__all__ = ["Frames", "Items", "encode_value"]


class Items(NamedTuple):
    """What is stored of a value: some bytes, and of a ragged array its shape."""

    contents: Sequence[bytes]
    shape: tuple[int, ...] = ()


class Frames(tuple[bytes, ...]):
    """An image or the frames of a sequence, as files in memory."""


def encode_value(column: Column, value: Any, quality: int | None) -> Items:
    """The bytes of a value.

    Raises:
        ConfigError: where it isn't like the column, whose kind was told from the first sample.
    """
    if isinstance(value, Frames):
        return Items(value)
    kind = kind_of(value)
    if kind.type != column.type:
        raise ConfigError(
            f"it is {_article(kind.type)}, but that of sample 0 {_article(column.type)}"
        )
    if column.kind == "text":
        return Items([value.encode("utf-8", "surrogatepass")])
    if column.kind == "bytes":
        return Items([value])
    if column.kind == "json":
        return Items([json.dumps(tagged(value)).encode()])
    return _encode_array(column, value, quality)


def _encode_array(column: Column, value: Any, quality: int | None) -> Items:
    array = as_array(value)
    bits = bits_of(value)
    if (array.dtype.str, bits) != (column.dtype, column.bits):
        needed = column.bits or np.dtype(column.dtype)
        raise ConfigError(f"it is {bits or array.dtype}, but that of sample 0 is {needed}")
    if column.kind == "map":
        _check_dims(array.ndim, 2)
        return Items([encode_map(array)])
    if column.kind == "image":
        return Items(_encode_frames(column, value, quality))
    if column.kind == "ragged":
        _check_dims(array.ndim, column.dims)
        return Items([array.tobytes()], array.shape)
    if array.shape != column.shape:
        raise ConfigError(
            f"it has the shape {array.shape}, but that of sample 0 {column.shape}: where shapes"
            f" differ, its type in dtypes is 'v{array.dtype}'"
        )
    return Items([pack_units(array) if column.kind == "units" else array.tobytes()])


def _encode_frames(column: Column, value: Any, quality: int | None) -> list[bytes]:
    pixels = channels_last(value)
    _check_dims(pixels.ndim, 4 if column.is_sequence else 3)
    if pixels.shape[-1] != column.channels:
        raise ConfigError(
            f"it has {pixels.shape[-1]} channels, but that of sample 0 {column.channels}: say"
            " channels=3"
        )
    frames = as_bytes_of_pixels(pixels)
    in_order = frames if column.is_sequence else frames[None]
    if column.encode == "png":
        return [encode_png(frame) for frame in in_order]
    return [encode_jpeg(frame, quality or DEFAULT_QUALITY) for frame in in_order]


def _check_dims(found: int, needed: int) -> None:
    if found != needed:
        raise ConfigError(f"it has {found} dimensions, but that of sample 0 {needed}")


def _article(kind: str) -> str:
    if kind == "plain":
        return "a list, a tuple, a dictionary or None"
    if kind == "scalar":
        return "a number of NumPy's"
    return f"{'an' if kind[0] in 'ai' else 'a'} {kind}"
