"""What a value is, and so how it is stored."""

from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_array, bits_of
from labwork.data._folders._plain import is_plain

__all__ = ["LOADERS", "Kind", "kind_of"]

LOADERS = ("label", "npy", "png", "txt", "json", "bin")
_PNG_CHANNELS = (1, 3, 4)
_INT64 = 2**63
_NUMBERS = (bool, float, complex)


@dataclass(frozen=True)
class Kind:
    """How a value is stored, and what it is when it is read again.

    Attributes:
        loader: ``label`` where all samples share one array; else the files' suffix.
        type: ``tensor``, ``array``, ``scalar`` (a number of NumPy's), ``plain`` (lists, tuples,
            dictionaries and None) or the name of a type of Python's.
        dims: of a picture: 2, or 3 where it has channels, for a tensor in front.
        bits: of a tensor whose type NumPy lacks, such as ``bfloat16``.
    """

    loader: str
    type: str
    dims: int = 0
    bits: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``meta.yaml``."""
        return {name: value for name, value in asdict(self).items() if value}


def kind_of(value: Any) -> Kind:
    """The kind of a value; raises ConfigError where no plain file can hold it."""
    if isinstance(value, Tensor):
        return _kind_of_array(as_array(value), "tensor", bits_of(value))
    if isinstance(value, np.ndarray | np.generic):
        return _kind_of_array(value, "array" if isinstance(value, np.ndarray) else "scalar")
    if type(value) in _NUMBERS or (type(value) is int and -_INT64 <= value < _INT64):
        return Kind("label", type(value).__name__)
    if type(value) is str:
        return Kind("txt", "str")
    if type(value) is bytes:
        return Kind("bin", "bytes")
    if is_plain(value):
        return Kind("json", "plain")
    raise ConfigError(
        f"it is a {type(value).__name__}: tensors, arrays, numbers, strings, bytes, and lists,"
        " tuples, dictionaries and Records of them can be stored"
    )


def _kind_of_array(array: Any, kind: str, bits: str = "") -> Kind:
    if array.dtype.hasobject or array.dtype.kind == "V":
        raise ConfigError(f"an array of {array.dtype} can't be stored")
    if array.ndim == 0 and array.dtype.kind in "biufc":
        return Kind("label", kind, bits=bits)
    if not bits and _is_picture(array, channels_at=0 if kind == "tensor" else -1):
        return Kind("png", kind, array.ndim)
    return Kind("npy", kind, bits=bits)


def _is_picture(array: Any, channels_at: int) -> bool:
    is_shaped = array.ndim == 2 or (array.ndim == 3 and array.shape[channels_at] in _PNG_CHANNELS)
    return bool(array.dtype == np.uint8 and is_shaped and array.size and _has_pillow())


@cache
def _has_pillow() -> bool:
    return find_spec("PIL") is not None
