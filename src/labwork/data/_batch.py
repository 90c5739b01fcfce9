"""Batch: many records as one record of arrays."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import unknown_name
from labwork.data._record import Record
from labwork.data._stack import listed, misfit, padded, stack

__all__ = ["Batch", "batch_size", "collate", "concatenate", "emptied"]

_ALONE = "sample"  # what a field is called where samples are no records


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

    def _each_tensor(self, change: Callable[[Tensor], Tensor]) -> Self:
        return type(self)({name: _changed(value, change) for name, value in self.items()})


def _changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Batch):
        return value._each_tensor(change)
    if isinstance(value, list) and value and isinstance(value[0], Tensor):
        return [change(part) for part in value]
    return change(value) if isinstance(value, Tensor) else value


def batch_size(batch: Any) -> int:
    """The number of samples in a batch: a record, a mapping, a tuple or list, or a tensor.

    Of several batches side by side, as a ``ZipLoader`` gives them, it is that of the first.

    >>> batch_size((torch.zeros(3, 2), torch.zeros(3)))
    3
    >>> batch_size((Batch(x=torch.zeros(3, 2)), Batch(x=torch.zeros(5, 2))))
    3
    """
    if not isinstance(batch, Mapping | Record | tuple | list):
        return len(batch)
    first = next(iter(batch.values() if isinstance(batch, Mapping) else batch))
    return batch_size(first) if isinstance(first, Mapping | Record | tuple) else len(first)


def emptied(batch: Any) -> Any:
    """A batch like ``batch``, of no samples.

    >>> emptied(Batch(image=torch.zeros(4, 1, 8, 8), name=["a", "b", "c", "d"])).image.shape
    torch.Size([0, 1, 8, 8])
    """
    if isinstance(batch, Record):
        return type(batch)({name: emptied(part) for name, part in batch.items()})
    if isinstance(batch, Mapping):
        return {name: emptied(part) for name, part in batch.items()}
    if isinstance(batch, tuple):
        return tuple(emptied(part) for part in batch)
    return batch[:0] if isinstance(batch, Tensor | list | np.ndarray) else batch


def collate(
    samples: Sequence[Any],
    *,
    ragged: Collection[str] = (),
    pad: Mapping[str, float] | None = None,
) -> Any:
    """One batch of many samples: arrays and numbers are stacked to tensors, the rest is listed.

    Records become a ``Batch``; tuples a tuple of batches, where fields are called "0", "1" and so
    on. Fields of different shapes are to be named: else they are an error.

    Args:
        samples: one or more samples of the same kind.
        ragged: fields that are listed, whatever their shapes.
        pad: fields that are padded at the end of each dimension to the largest size in the batch,
            and what with. The field ``<name>_mask``, of the same shape, is true where there was
            something; in tuples, ``(padded, mask)`` stands in the field's place.

    Raises:
        ValueError: where a field can't be stacked; field, shapes and types are named.
        ConfigError: where ``ragged`` or ``pad`` names a field that isn't there.

    >>> collate([Record(x=1.5, name="a"), Record(x=2.5, name="b")])
    Batch(x=tensor([1.5000, 2.5000], dtype=torch.float64), name=['a', 'b'])
    >>> words = [Record(word=torch.tensor([5, 6])), Record(word=torch.tensor([7]))]
    >>> collate(words, pad={"word": -1})
    Batch(word=tensor([[ 5,  6], [ 7, -1]]), word_mask=tensor([[ True,  True], [ True, False]]))
    >>> collate(words, ragged=["word"])
    Batch(word=[tensor([5, 6]), tensor([7])])
    """
    columns, pad = _columns(samples), pad or {}
    for name in {*ragged, *pad} - columns.keys():
        raise unknown_name("field", name, columns, "collate's ragged and pad")
    stacked = {name: _put_together(name, values, ragged, pad) for name, values in columns.items()}
    if isinstance(samples[0], Record):
        return Batch(_with_masks(stacked, pad))
    return tuple(stacked.values()) if isinstance(samples[0], tuple) else stacked[_ALONE]


def concatenate(batches: Sequence[Batch], order: NDArray[np.int64]) -> Batch:
    """One batch of several, its samples in ``order``; fields are tensors or lists."""
    rows = torch.from_numpy(order)
    joined: dict[str, Any] = {}
    names = batches[0].keys()
    for name in names:
        columns = [batch[name] for batch in batches]
        if isinstance(columns[0], Tensor):
            joined[name] = _cat(name, columns).index_select(0, rows)
        else:
            values = [value for column in columns for value in column]
            joined[name] = [values[i] for i in order]
    return Batch(joined)


def _cat(name: str, columns: list[Tensor]) -> Tensor:
    try:
        return torch.cat(columns)
    except (RuntimeError, TypeError) as error:
        raise misfit(name, [column[0] for column in columns]) from error


def _columns(samples: Sequence[Any]) -> dict[str, list[Any]]:
    """The values of all samples by field."""
    first = samples[0]
    if isinstance(first, Record):
        names = first.keys()
        return {name: [sample[name] for sample in samples] for name in names}
    rows = zip(*samples, strict=True) if isinstance(first, tuple) else [samples]
    places = range(len(first)) if isinstance(first, tuple) else [_ALONE]
    return {str(place): list(row) for place, row in zip(places, rows, strict=True)}


def _put_together(
    name: str, values: list[Any], ragged: Collection[str], pad: Mapping[str, float]
) -> Any:
    if name in ragged:
        return listed(values)
    return padded(name, values, pad[name]) if name in pad else stack(name, values)


def _with_masks(fields: Mapping[str, Any], pad: Collection[str]) -> dict[str, Any]:
    """The fields, with a padded field's mask as a field of its own behind it."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        if name in pad:
            flat[name], flat[f"{name}_mask"] = value
        else:
            flat[name] = value
    return flat
