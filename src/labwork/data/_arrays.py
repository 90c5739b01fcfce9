"""A dataset that lies in memory, as one array for each field."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._indexing import Indices
from labwork.data._record import Record

__all__ = ["ArrayDataset"]

_LABEL_DIMENSIONS = 2  # numbers, shape (N,), and vectors, (N, K); what has more is data


class ArrayDataset(Dataset):
    """Samples in memory, one tensor for each field with the samples in its first dimension.

    A batch is one indexing operation a field.

    Args:
        info: facts about the data, such as ``{"class_count": 10}``.
        **fields: tensors, arrays or sequences of numbers, all of the same length.

    Raises:
        ValueError: where there are no fields, or their lengths differ.
        ConfigError: where a field holds something else than numbers.

    >>> ds = ArrayDataset(image=torch.zeros(4, 1, 2, 2), label=[0, 1, 2, 3])
    >>> ds[3].label
    tensor(3)
    >>> ds.__getitems__([0, 2]).image.shape
    torch.Size([2, 1, 2, 2])
    """

    can_batch = True
    runs_code = False

    def __init__(self, info: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self._fields = {name: _as_tensor(name, value) for name, value in fields.items()}
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
        """The fields of numbers or vectors, as arrays that share the tensors' memory."""
        small = {name: t for name, t in self._fields.items() if t.ndim <= _LABEL_DIMENSIONS}
        return MappingProxyType({name: tensor.numpy() for name, tensor in small.items()})

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The record at ``index``: a view of each tensor."""
        return Record({name: tensor[index] for name, tensor in self._fields.items()})

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,), indexed out of each tensor at once."""
        rows = torch.from_numpy(indices)
        # Much faster than tensor[rows], as it copies whole samples.
        return Batch({name: t.index_select(0, rows) for name, t in self._fields.items()})

    def identity(self) -> Any:
        return self._fields

    def __repr__(self) -> str:
        shapes = (f"{name}={tuple(tensor.shape)}" for name, tensor in self._fields.items())
        return f"{type(self).__name__}({', '.join(shapes)})"


def _as_tensor(name: str, value: Any) -> Tensor:
    try:
        tensor = value if isinstance(value, Tensor) else torch.from_numpy(np.array(value))
    except (TypeError, ValueError) as error:
        reason = f"it holds {_held(value)}" if isinstance(error, TypeError) else str(error)
        raise ConfigError(f"the field {name!r} must hold numbers: {reason}") from error
    if tensor.ndim == 0:
        raise ConfigError(f"the field {name!r} must have the samples in front, and is {value!r}")
    return tensor


def _held(value: Any) -> str:
    """What is in a sequence, by the type of its first item."""
    first: Any = next(iter(np.array(value).flat), value)
    return type(first.item() if isinstance(first, np.generic) else first).__name__
