"""What may stand between the brackets behind a dataset, and how it is called in a repr."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._names import digest

__all__ = [
    "Indices",
    "as_indices",
    "in_range",
    "indices_name",
    "select",
    "slice_name",
    "whole_number",
]

Indices = NDArray[np.int64]

_WRITTEN_OUT = 8  # indices; more of them are told apart by a digest


def as_indices(indices: Any) -> Indices:
    """Whole numbers of any kind as an array, shape (N,)."""
    return np.asarray(indices, dtype=np.int64)


def whole_number(key: Any) -> int | None:
    """The number that an integer of Python, or an integer scalar of NumPy or PyTorch is; or None.

    >>> whole_number(np.int64(3)), whole_number(np.array(3)), whole_number(np.array([3]))
    (3, 3, None)
    """
    if isinstance(key, int | np.integer):
        return int(key)
    is_scalar = isinstance(key, Tensor | np.ndarray) and key.ndim == 0
    return int(key) if is_scalar and np.asarray(key).dtype.kind in "iu" else None


def in_range(index: int, length: int) -> int:
    """The index counted from the start; raises IndexError where it is out of range."""
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of range for a dataset of {length} samples")
    return index % length


def select(key: Any, length: int) -> range | Indices:
    """The indices that a slice, a list of integers or a boolean mask stands for, shape (N,)."""
    if isinstance(key, slice):
        return range(length)[key]
    array = np.asarray(key)
    if array.dtype == bool:
        if array.shape != (length,):
            raise IndexError(f"a mask of shape {array.shape} doesn't fit {length} samples")
        return np.flatnonzero(array)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(
            f"a dataset is indexed by whole numbers, a slice or a mask, not by {key!r:.80}"
        )
    return _counted_from_start(array.reshape(-1), length)


def _counted_from_start(array: NDArray[Any], length: int) -> Indices:
    outside = np.flatnonzero((array < -length) | (array >= length))
    if len(outside):
        in_range(int(array[outside[0]]), length)  # raises
    indices = array.astype(np.int64)  # a copy: what the caller does to theirs is no matter here
    indices[indices < 0] += length
    return indices


def slice_name(key: slice) -> str:
    """A slice as it stands between brackets."""
    step = "" if key.step is None else f":{key.step}"
    return f"{_or_empty(key.start)}:{_or_empty(key.stop)}{step}"


def indices_name(indices: range | Indices) -> str:
    """Indices as they stand between brackets: a few are written out."""
    if len(indices) <= _WRITTEN_OUT:
        return str([int(index) for index in indices])
    return f"<{len(indices)} indices {digest(np.asarray(indices))}>"


def _or_empty(value: Any) -> str:
    return "" if value is None else str(value)
