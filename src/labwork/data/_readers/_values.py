"""Fields of records, from the items of what files hold."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["as_column", "as_labels", "as_value", "can_be_indexed", "is_numeric"]

_LABEL_DIMENSIONS = 2  # numbers, shape (N,), and vectors, (N, K); what has more is data


def is_numeric(dtype: Any) -> bool:
    """Whether there are tensors of these numbers."""
    return dtype.kind in "biufc" and dtype.char not in "gG"  # the last ones are long doubles


def as_value(item: Any) -> Any:
    """Items of an array as a field: numbers as a tensor, text as ``str``, the rest as it is.

    >>> as_value(np.array([1, 2], ">i2")), as_value(np.str_("a"))
    (tensor([1, 2], dtype=torch.int16), 'a')
    """
    if isinstance(item, np.ndarray | np.number | np.bool_) and is_numeric(item.dtype):
        # A copy, since what was read may be read-only or a view of a whole file.
        return torch.from_numpy(np.array(item, item.dtype.newbyteorder("=")))
    if isinstance(item, np.ndarray) and item.dtype.kind == "U":
        return item.tolist()
    return item.item() if isinstance(item, np.str_ | np.bytes_) else item


def can_be_indexed(column: Any) -> bool:
    """Whether many items of a column, by ``as_value``, are what ``collate`` makes of each one."""
    if not isinstance(column, np.ndarray):
        return False
    return is_numeric(column.dtype) or (column.dtype.kind == "U" and column.ndim == 1)


def as_column(values: list[Any]) -> list[Any] | NDArray[Any]:
    """An array where all values are numbers, or all are text; else the list.

    >>> as_column([1, 2.5]), as_column(["a", "b"]), as_column([1, "b"])
    (array([1. , 2.5]), array(['a', 'b'], dtype='<U1'), [1, 'b'])
    """
    kinds = {type(value) for value in values}
    if not kinds or not (kinds in ({bool}, {str}) or kinds <= {int, float}):
        return values
    column = np.array(values)
    # Integers of more than 64 bits make objects; text that ends in NUL would lose it.
    is_exact = not column.dtype.hasobject and (kinds != {str} or column.tolist() == values)
    return column if is_exact else values


def as_labels(columns: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Those of the columns that are small: text and numbers, or vectors of them."""
    arrays = {name: c for name, c in columns.items() if isinstance(c, np.ndarray)}
    return {
        name: np.asarray(array)
        for name, array in arrays.items()
        if array.ndim <= _LABEL_DIMENSIONS and (array.dtype.kind == "U" or is_numeric(array.dtype))
    }
