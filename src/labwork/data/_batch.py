"""Batch: many records as one record of arrays."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import unknown_name
from labwork.data._containers import columns, is_container, like_tuple
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
        return like_tuple(type(batch), [emptied(part) for part in batch])
    return batch[:0] if isinstance(batch, Tensor | list | np.ndarray) else batch


def collate(
    samples: Sequence[Any],
    *,
    ragged: Collection[str] = (),
    pad: Mapping[str, float] | None = None,
) -> Any:
    """One batch of many samples: arrays and numbers are stacked to tensors, the rest is listed.

    Records become a ``Batch``; a record in a record's field is listed. As with PyTorch's
    ``default_collate``, mappings become a dictionary of batches, tuples and lists a tuple of
    them, named tuples one of their kind, and so does what is nested in them. Fields of tuples are
    called "0", "1" and so on, nested ones "target.boxes". Fields of different shapes are to be
    named: else they are an error.

    Args:
        samples: one or more samples of the same kind; or a ``Batch``, which stays one, so that
            PyTorch's ``DataLoader`` takes any dataset with ``collate_fn=collate``.
        ragged: fields that are listed, whatever their shapes.
        pad: fields that are padded at the end of each dimension to the largest size in the batch,
            and what with. The field ``<name>_mask``, of the same shape, is true where there was
            something; in tuples, ``(padded, mask)`` stands in the field's place.

    Raises:
        ValueError: where a field can't be stacked; field, shapes and types are named.
        ConfigError: where ``ragged`` or ``pad`` names a field that isn't there.

    >>> collate([Record(x=1.5, name="a"), Record(x=2.5, name="b")])
    Batch(x=tensor([1.5000, 2.5000], dtype=torch.float64), name=['a', 'b'])
    >>> collate([{"x": 1, "at": (2, 3)}, {"x": 4, "at": (5, 6)}])
    {'x': tensor([1, 4]), 'at': (tensor([2, 5]), tensor([3, 6]))}
    >>> words = [Record(word=torch.tensor([5, 6])), Record(word=torch.tensor([7]))]
    >>> collate(words, pad={"word": -1})
    Batch(word=tensor([[ 5,  6], [ 7, -1]]), word_mask=tensor([[ True,  True], [ True, False]]))
    >>> collate(words, ragged=["word"])
    Batch(word=[tensor([5, 6]), tensor([7])])
    """
    if isinstance(samples, Batch):
        return samples.evaluate()
    collation = _Collation(ragged, pad or {})
    batch = collation.field(_ALONE, samples, "")
    collation.check_names()
    return batch


class _Collation:
    """Puts samples together, and notes which fields there are."""

    def __init__(self, ragged: Collection[str], pad: Mapping[str, float]) -> None:
        self._ragged, self._pad = ragged, pad
        self._known: dict[str, None] = {}

    def field(self, name: str, values: Sequence[Any], inside: str) -> Any:
        """One field of all samples; what is in it has names that begin with ``inside``."""
        if is_container(values[0]):
            return self._fields(name, values, inside)
        return self._leaf(name, values)

    def check_names(self) -> None:
        for name in {*self._ragged, *self._pad} - self._known.keys():
            raise unknown_name("field", name, self._known, "collate's ragged and pad")

    def _fields(self, field: str, samples: Sequence[Any], inside: str) -> Any:
        first: Any = samples[0]
        parts: dict[Any, Any] = {}
        for key, values in columns(samples, field if inside else "").items():
            name = f"{inside}{key}"
            is_whole = isinstance(first, Record) or name in self._ragged or name in self._pad
            part = self._leaf(name, values) if is_whole else self.field(name, values, f"{name}.")
            if name in self._pad and isinstance(first, Record | Mapping):
                parts[key], parts[f"{key}_mask"] = part
            else:
                parts[key] = part
        if isinstance(first, Record):
            return Batch(parts)
        return parts if isinstance(first, Mapping) else like_tuple(type(first), [*parts.values()])

    def _leaf(self, name: str, values: Sequence[Any]) -> Any:
        self._known[name] = None
        if name in self._ragged:
            return listed([*values])
        if name in self._pad:
            return padded(name, [*values], self._pad[name])
        return stack(name, [*values])


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
