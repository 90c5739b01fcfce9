"""Values as the bytes of files, and back; no bytes are ever run."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from labwork.core import import_extra
from labwork.data._folders._arrays import as_array, as_type
from labwork.data._folders._kinds import Kind
from labwork.data._folders._plain import from_tagged, tagged

__all__ = ["decode", "encode"]


def encode(value: Any, kind: Kind) -> bytes:
    """The content of the file for a value of this kind."""
    return _ENCODERS[kind.loader](value, kind)


def decode(content: bytes, kind: Kind) -> Any:
    """The value that ``encode`` was given."""
    return _DECODERS[kind.loader](content, kind)


def _encode_npy(value: Any, kind: Kind) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, as_array(value), allow_pickle=False)
    return buffer.getvalue()


def _decode_npy(content: bytes, kind: Kind) -> Any:
    return as_type(np.load(io.BytesIO(content), allow_pickle=False), kind.type, kind.bits)


def _encode_png(value: Any, kind: Kind) -> bytes:
    array = as_array(value)
    if kind.dims == 3 and kind.type == "tensor":
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    buffer = io.BytesIO()
    import_extra("PIL.Image", "a PNG file").fromarray(np.ascontiguousarray(array)).save(
        buffer, format="PNG"
    )
    return buffer.getvalue()


def _decode_png(content: bytes, kind: Kind) -> Any:
    pillow = import_extra("PIL.Image", "a PNG file")
    with pillow.open(io.BytesIO(content), formats=["PNG"]) as image:
        array = np.array(image)
    if kind.dims == 3 and array.ndim == 2:
        array = array[..., None]
    if kind.dims == 3 and kind.type == "tensor":
        array = np.ascontiguousarray(array.transpose(2, 0, 1))
    return as_type(array, kind.type)


def _encode_txt(value: str, kind: Kind) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _decode_txt(content: bytes, kind: Kind) -> str:
    return content.decode("utf-8", "surrogatepass")


def _encode_json(value: Any, kind: Kind) -> bytes:
    return json.dumps(tagged(value)).encode()


def _decode_json(content: bytes, kind: Kind) -> Any:
    value = json.loads(content)
    return from_tagged(value) if kind.type == "plain" else value


def _encode_bin(value: bytes, kind: Kind) -> bytes:
    return value


def _decode_bin(content: bytes, kind: Kind) -> bytes:
    return content


_ENCODERS: dict[str, Callable[[Any, Kind], bytes]] = {
    "npy": _encode_npy,
    "png": _encode_png,
    "txt": _encode_txt,
    "json": _encode_json,
    "bin": _encode_bin,
}
_DECODERS: dict[str, Callable[[bytes, Kind], Any]] = {
    "npy": _decode_npy,
    "png": _decode_png,
    "txt": _decode_txt,
    "json": _decode_json,
    "bin": _decode_bin,
}
