"""What may stand between the brackets behind a dataset, and how it is called in a repr."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import qualified_name

__all__ = ["Indices", "as_indices", "function_name", "in_range", "key_name", "select"]

Indices = NDArray[np.int64]


def as_indices(indices: Any) -> Indices:
    """Whole numbers of any kind as an array, shape (N,)."""
    return np.asarray(indices, dtype=np.int64)


def in_range(index: int, length: int) -> int:
    """The index counted from the start; raises IndexError where it is out of range."""
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of range for a dataset of {length} samples")
    return index % length


def select(key: Any, length: int) -> Indices:
    """The indices that a slice, a list of integers or a boolean mask stands for, shape (N,)."""
    if isinstance(key, slice):
        return np.arange(length)[key]
    array = np.asarray(key)
    if array.dtype == bool:
        if array.shape != (length,):
            raise IndexError(f"a mask of shape {array.shape} doesn't fit {length} samples")
        return np.flatnonzero(array)
    return as_indices([in_range(int(index), length) for index in array.reshape(-1)])


def key_name(key: Any) -> str:
    """What stands between the brackets in a repr."""
    if isinstance(key, slice):
        step = "" if key.step is None else f":{key.step}"
        return f"{_or_empty(key.start)}:{_or_empty(key.stop)}{step}"
    return f"<{len(key)} indices>"


def _or_empty(value: Any) -> str:
    return "" if value is None else str(value)


def function_name(function: Callable[..., Any]) -> str:
    """What a function is called in a repr."""
    if hasattr(function, "__qualname__"):
        return qualified_name(function).rpartition(".")[2]
    return repr(function)
