"""Plain data, arrays and tensors, taken apart."""

import hashlib
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.data._caches._parts import Parts, UnknownContentError
from labwork.data._caches._tensor_bytes import tensor_bytes

__all__ = ["is_shared", "plain_parts"]

_ATOMS = (type(None), bool, int, float, complex, range, slice, type(...), type(NotImplemented))
_PRINTED = (torch.dtype, torch.device, torch.layout, torch.memory_format, torch.Size)
_COPIED = (*_ATOMS, *_PRINTED, str, bytes, tuple, frozenset, np.ndarray, np.generic, Tensor)


def is_shared(value: Any) -> bool:
    """Whether it matters that two places hold one object, and not two that are equal."""
    return not isinstance(value, _COPIED)


def plain_parts(value: Any) -> Parts | None:
    """None where it is something else."""
    kind = type(value)
    if kind in _ATOMS or isinstance(value, _PRINTED):
        return Parts(kind.__name__, repr(value).encode())
    if kind is str:
        return Parts("str", value.encode("utf-8", "surrogatepass"))
    if kind in (bytes, bytearray):
        return Parts(kind.__name__, bytes(value))
    if kind in (tuple, list):
        return Parts(kind.__name__, b"", [("", item) for item in value])
    if kind in (dict, MappingProxyType):
        return Parts("dict", b"", _items(value))
    return _array_parts(value)


def _items(mapping: Any) -> Sequence[tuple[str, Any]]:
    # The order counts: it becomes that of a record's fields.
    pairs = [(("", key), (_named(key), value)) for key, value in mapping.items()]
    return [child for pair in pairs for child in pair]


def _named(key: Any) -> str:
    return repr(key) if isinstance(key, str) else ""


def _array_parts(value: Any) -> Parts | None:
    if isinstance(value, Tensor):
        return _tensor_parts(value)
    if isinstance(value, np.generic) or type(value) in (np.ndarray, np.memmap):
        array = np.asarray(value)
        kind = f"{'array' if isinstance(value, np.ndarray) else 'scalar'} {array.dtype.descr}"
        if array.dtype.hasobject:
            return Parts(f"{kind} {array.shape}", b"", [("", item) for item in array.flat])
        return Parts(f"{kind} {array.shape}", _content(array))
    return None


def _tensor_parts(tensor: Tensor) -> Parts:
    kind = f"tensor {tensor.dtype} {tuple(tensor.shape)}"
    try:
        content = _content(tensor_bytes(tensor))
    except TypeError as error:
        raise UnknownContentError(f"a tensor that holds no plain numbers ({error})") from error
    is_subclass = type(tensor) not in (Tensor, torch.nn.Parameter)
    return Parts(kind, content, [("type", type(tensor))] if is_subclass else ())


def _content(array: Any) -> bytes:
    rows = np.ascontiguousarray(array)
    return hashlib.blake2b(rows.reshape(-1).view(np.uint8).data, digest_size=32).digest()
