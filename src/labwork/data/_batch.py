"""Batch: many records as one record of arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._record import Record

__all__ = ["Batch", "batch_size", "collate", "concatenate"]


class Batch(Record):
    """A record whose every field has the samples in its first dimension.

    >>> batch = Batch(image=torch.zeros(4, 1, 8, 8), label=torch.arange(4))
    >>> batch_size(batch), batch[["label"]]
    (4, Batch(label=tensor([0, 1, 2, 3])))
    """

    __slots__ = ()

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The batch with its tensors on ``device``."""
        return self._each_tensor(lambda t: t.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The batch with its tensors in pinned memory, from which a GPU copies faster."""
        return self._each_tensor(lambda t: t.pin_memory())

    def _each_tensor(self, change: Any) -> Self:
        items = self.items()
        return type(self)({k: change(v) if isinstance(v, Tensor) else v for k, v in items})


def batch_size(batch: Any) -> int:
    """The number of samples in a batch: a record, a mapping, a tuple or list, or a tensor.

    >>> batch_size((torch.zeros(3, 2), torch.zeros(3)))
    3
    """
    if isinstance(batch, Mapping):
        batch = next(iter(batch.values()))
    elif isinstance(batch, Record | tuple | list):
        batch = batch[0]
    return len(batch)


def collate(samples: Sequence[Any]) -> Any:
    """One batch of many samples: arrays and numbers are stacked to tensors, the rest is listed.

    Records become a ``Batch``; tuples a tuple of batches.

    Args:
        samples: one or more samples of the same kind, with arrays of equal shapes.

    Raises:
        ValueError: where a field can't be stacked; field, shapes and types are named.

    >>> collate([Record(x=1.5, name="a"), Record(x=2.5, name="b")])
    Batch(x=tensor([1.5000, 2.5000], dtype=torch.float64), name=['a', 'b'])
    """
    first = samples[0]
    if isinstance(first, Record):
        names = first.keys()
        return Batch({name: _stack(name, [s[name] for s in samples]) for name in names})
    if isinstance(first, tuple):
        columns = enumerate(zip(*samples, strict=True))
        return tuple(_stack(str(i), list(column)) for i, column in columns)
    return _stack("sample", list(samples))


def concatenate(batches: Sequence[Batch], order: NDArray[np.int64]) -> Batch:
    """One batch of several, its samples in ``order``; fields are tensors or lists."""
    rows = torch.from_numpy(order)
    joined: dict[str, Any] = {}
    names = batches[0].keys()
    for name in names:
        columns = [batch[name] for batch in batches]
        if isinstance(columns[0], Tensor):
            joined[name] = torch.cat(columns)[rows]
        else:
            values = [value for column in columns for value in column]
            joined[name] = [values[i] for i in order]
    return Batch(joined)


def _stack(name: str, values: list[Any]) -> Any:
    first = values[0]
    try:
        if isinstance(first, Tensor):
            return torch.stack(values)
        if isinstance(first, np.ndarray):
            return torch.from_numpy(np.stack(values))
        if isinstance(first, bool | int | float | np.number | np.bool_):
            return torch.from_numpy(np.asarray(values))
    except (RuntimeError, ValueError, TypeError) as error:
        kinds = sorted({_kind(value) for value in values})
        raise ValueError(
            f"field {name!r} can't be stacked to a batch: its samples are {', '.join(kinds)}"
        ) from error
    return values


def _kind(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}{'' if shape is None else tuple(shape)}"
