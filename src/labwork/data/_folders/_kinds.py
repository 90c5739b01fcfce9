"""What a field holds, and so how it is stored."""

from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from torch import Tensor

from labwork.core import ConfigError

__all__ = ["LOADERS", "Kind", "as_array", "kind_of"]

LOADERS = ("label", "npy", "png", "txt", "json")
_PNG_CHANNELS = (1, 3, 4)
_INT64 = 2**63


@dataclass(frozen=True)
class Kind:
    """How a field is stored, and what it is when it is read again.

    Attributes:
        loader: ``label`` where all samples share one array; else the files' suffix.
        type: ``tensor``, ``array`` or the name of a type of Python's.
        dims: of a picture: 2, or 3 where it has channels, for a tensor in front.
    """

    loader: str
    type: str
    dims: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For ``meta.yaml``."""
        return {name: value for name, value in asdict(self).items() if value}


def kind_of(value: Any) -> Kind:
    """The kind of a value; raises ConfigError where no plain file can hold it."""
    if isinstance(value, Tensor):
        return _kind_of_array(as_array(value), "tensor")
    if isinstance(value, np.ndarray | np.generic):
        return _kind_of_array(as_array(value), "array")
    if type(value) in (bool, float) or (type(value) is int and -_INT64 <= value < _INT64):
        return Kind("label", type(value).__name__)
    if type(value) is str:
        return Kind("txt", "str")
    if _is_plain(value):
        return Kind("json", "json")
    raise ConfigError(
        f"it is a {type(value).__name__}: tensors, arrays, numbers, strings, and lists and"
        " dictionaries of numbers and strings can be stored"
    )


def as_array(value: Any) -> Any:
    """A tensor, an array or a number as an array."""
    if not isinstance(value, Tensor):
        return np.asarray(value)
    try:
        return value.detach().cpu().numpy()
    except (TypeError, RuntimeError) as error:  # bfloat16, sparse and the like
        raise ConfigError(f"a {value.dtype} {value.layout} tensor can't be stored") from error


def _kind_of_array(array: Any, kind: str) -> Kind:
    if array.dtype.hasobject or array.dtype.kind == "V":
        raise ConfigError(f"an array of {array.dtype} can't be stored")
    if array.ndim == 0 and array.dtype.kind in "biufc":
        return Kind("label", kind)
    if _is_picture(array, channels_at=0 if kind == "tensor" else -1):
        return Kind("png", kind, array.ndim)
    return Kind("npy", kind)


def _is_picture(array: Any, channels_at: int) -> bool:
    is_shaped = array.ndim == 2 or (array.ndim == 3 and array.shape[channels_at] in _PNG_CHANNELS)
    return bool(array.dtype == np.uint8 and is_shaped and array.size and _has_pillow())


@cache
def _has_pillow() -> bool:
    return find_spec("PIL") is not None


def _is_plain(value: Any) -> bool:
    """Whether JSON gives back just what it was given."""
    if type(value) is list:
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(type(k) is str and _is_plain(item) for k, item in value.items())
    return value is None or type(value) in (bool, int, float, str)
