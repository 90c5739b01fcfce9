"""A dataset that lies in memory, as one array for each field."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._indexing import Indices
from labwork.data._record import Record

__all__ = ["ArrayDataset"]

_LABEL_DIMENSIONS = 2  # numbers, shape (N,), and vectors, (N, K); what has more is data
_SHOWN_KINDS = 3

_Column: TypeAlias = Tensor | NDArray[np.str_]


class ArrayDataset(Dataset):
    """Samples in memory, one array for each field with the samples in its first dimension.

    A batch is one indexing operation a field, and a copy. The tensors of a single sample are views
    of the dataset's, so what changes one in place, as ``add_`` does, changes the data: clone it
    first.

    Args:
        info: facts about the data, such as ``{"class_count": 10}``.
        **fields: tensors, arrays or sequences of numbers, or sequences of strings, all of the same
            length. Tensors aren't copied. In a batch, strings are a list.

    Raises:
        ValueError: where there are no fields, or their lengths differ.
        ConfigError: where a field holds something else than numbers or strings.

    >>> ds = ArrayDataset(image=torch.zeros(4, 1, 2, 2), label=[0, 1, 2, 3], name=list("abcd"))
    >>> ds[3].label, ds[3].name
    (tensor(3), 'd')
    >>> batch = ds.__getitems__([0, 2])
    >>> batch.image.shape, batch.name
    (torch.Size([2, 1, 2, 2]), ['a', 'c'])
    """

    can_batch = True
    runs_code = False

    def __init__(self, info: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self._fields = {name: _as_column(name, value) for name, value in fields.items()}
        self._info = dict(info or {})
        lengths = {name: len(value) for name, value in self._fields.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"the fields must have one length, but have {lengths or 'no fields'}")
        self._length = next(iter(lengths.values()))

    @property
    def info(self) -> Mapping[str, Any]:
        """What was given as ``info``."""
        return MappingProxyType(self._info)

    @property
    def labels(self) -> Mapping[str, Any]:
        """The fields of numbers, vectors or strings, as arrays that share the dataset's memory."""
        small = {name: c for name, c in self._fields.items() if c.ndim <= _LABEL_DIMENSIONS}
        arrays = {n: c.numpy() if isinstance(c, Tensor) else c for n, c in small.items()}
        return MappingProxyType(arrays)

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The record at ``index``: a view of each tensor."""
        return Record({name: _at(column, index) for name, column in self._fields.items()})

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,), indexed out of each array at once."""
        return Batch({name: _rows(column, indices) for name, column in self._fields.items()})

    def identity(self) -> Any:
        return self._fields

    def __repr__(self) -> str:
        shapes = (f"{name}={tuple(column.shape)}" for name, column in self._fields.items())
        return f"{type(self).__name__}({', '.join(shapes)})"


def _at(column: _Column, index: int) -> Tensor | str:
    return column[index] if isinstance(column, Tensor) else column.item(index)


def _rows(column: _Column, indices: Indices) -> Tensor | list[str]:
    if isinstance(column, Tensor):
        # Much faster than column[rows], as it copies whole samples.
        return column.index_select(0, torch.from_numpy(indices))
    return [column.item(index) for index in indices]


def _as_column(name: str, value: Any) -> _Column:
    try:
        array = value if isinstance(value, Tensor) else _as_array(value)
        column = torch.from_numpy(array) if _is_numeric(array) else array
    except (TypeError, ValueError) as error:
        reason = f"it holds {_held(value)}" if isinstance(error, TypeError) else str(error)
        raise ConfigError(f"the field {name!r} must hold numbers or strings: {reason}") from error
    if column.ndim == 0:
        raise ConfigError(f"the field {name!r} must have the samples in front, and is {value!r}")
    return column


def _as_array(value: Any) -> NDArray[Any]:
    array = np.array(value)
    if array.dtype.kind not in "UT":
        return array
    if not all(isinstance(item, str) for item in value):  # of ["a", 1], NumPy makes ["a", "1"]
        raise TypeError("not all are strings")
    return np.array(array.tolist(), dtype=np.str_)


def _is_numeric(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind != "U"


def _held(value: Any) -> str:
    """What is in a sequence, by the types of its items."""
    items = value.flat if isinstance(value, np.ndarray) else value
    kinds = dict.fromkeys(type(item).__name__ for item in items)
    return ", ".join([*kinds][:_SHOWN_KINDS])
