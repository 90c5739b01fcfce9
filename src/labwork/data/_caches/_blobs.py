"""Values as bytes, and back; equal in type and content, and no bytes are ever run.

A header in JSON says what the value is, and where in the bytes behind it its arrays are.
"""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._caches._tensor_bytes import tensor_bytes
from labwork.data._record import Record

__all__ = ["decode", "encode"]

_ALIGNMENT = 16  # bytes, so that arrays can be used where they lie
_LENGTH = struct.Struct("<Q")
_PLAIN = (bool, int, float, str, type(None))
_RECORDS = {"record": Record, "batch": Batch}


def encode(value: Any) -> bytes:
    """The value as bytes.

    Raises:
        ConfigError: where it holds what isn't plain data, an array, a tensor or a record.

    >>> decode(bytearray(encode({"boxes": [(1, 2.5)], "mask": np.eye(2, dtype=bool)})))
    {'boxes': [(1, 2.5)], 'mask': array([[ True, False], [False,  True]])}
    """
    arrays = bytearray()
    header = json.dumps(_tree(value, arrays), separators=(",", ":")).encode()
    front = _LENGTH.pack(len(header)) + header
    return front + bytes(-len(front) % _ALIGNMENT) + arrays


def decode(blob: bytearray) -> Any:
    """What ``encode`` was given; its arrays share the memory of ``blob``."""
    (length,) = _LENGTH.unpack_from(blob)
    end = _LENGTH.size + length
    start = end + -end % _ALIGNMENT
    return _value(json.loads(blob[_LENGTH.size : end]), blob, start)


def _tree(value: Any, arrays: bytearray) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_tree(item, arrays) for item in value]
    if kind is tuple:
        return {"tuple": [_tree(item, arrays) for item in value]}
    if kind is dict:
        return {"dict": [[_tree(k, arrays), _tree(v, arrays)] for k, v in value.items()]}
    if kind in (Record, Batch):
        return {kind.__name__.lower(): [[k, _tree(v, arrays)] for k, v in value.items()]}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    return {**_array(value, arrays)}


def _array(value: Any, arrays: bytearray) -> dict[str, Any]:
    if isinstance(value, Tensor):
        return _tensor(value, arrays)
    if isinstance(value, bytes):
        return {"bytes": [len(value), _put(value, arrays)]}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "OV":
        array = np.asarray(value)
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: [array.dtype.str, array.shape, _put(array.tobytes(), arrays)]}
    raise ConfigError(
        f"it holds a {type(value).__name__}: a cache on the disk holds tensors, arrays, numbers,"
        " strings, records, and lists, tuples and dictionaries of them"
    )


def _tensor(tensor: Tensor, arrays: bytearray) -> dict[str, Any]:
    try:
        content = tensor_bytes(tensor)
    except TypeError as error:
        raise ConfigError(f"it holds a {tensor.layout} tensor of {tensor.dtype}") from error
    name = str(tensor.dtype).removeprefix("torch.")
    return {"tensor": [name, tuple(tensor.shape), _put(content.data, arrays)]}


def _put(content: Any, arrays: bytearray) -> int:
    start = len(arrays)
    arrays += content
    arrays += bytes(-len(arrays) % _ALIGNMENT)
    return start


def _value(tree: Any, blob: bytearray, start: int) -> Any:
    if isinstance(tree, list):
        return [_value(item, blob, start) for item in tree]
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind in _ARRAYS:
        return _ARRAYS[kind](*content[:-1], blob, start + content[-1])
    if kind == "complex":
        return complex(*content)
    items = _value(content, blob, start)
    if kind in _RECORDS:
        return _RECORDS[kind](dict(items))
    return tuple(items) if kind == "tuple" else dict(items)


def _read_tensor(dtype: str, shape: list[int], blob: bytearray, start: int) -> Tensor:
    kind, count = getattr(torch, dtype), int(np.prod(shape, dtype=np.int64))
    if count == 0:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(blob, dtype=kind, count=count, offset=start).reshape(shape)


def _read_array(dtype: str, shape: list[int], blob: bytearray, start: int) -> Any:
    kind, count = np.dtype(dtype), int(np.prod(shape, dtype=np.int64))
    if count == 0 or kind.itemsize == 0:
        return np.zeros(shape, kind)
    return np.frombuffer(blob, kind, count, start).reshape(shape)


def _read_scalar(dtype: str, shape: list[int], blob: bytearray, start: int) -> Any:
    return _read_array(dtype, shape, blob, start)[()]


def _read_bytes(length: int, blob: bytearray, start: int) -> bytes:
    return bytes(blob[start : start + length])


_ARRAYS: dict[str, Callable[..., Any]] = {
    "tensor": _read_tensor,
    "array": _read_array,
    "scalar": _read_scalar,
    "bytes": _read_bytes,
}
