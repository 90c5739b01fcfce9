"""Methods of a dataset that change its samples."""

# ruff: noqa: D417 - ``self`` is the dataset: these functions are methods of Dataset

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labwork.data._changes import (
    Augmented,
    Expand,
    KeepFields,
    Labelled,
    MapFields,
    Mapped,
    Unpack,
    is_batched,
)
from labwork.data._rng import SampleRng

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = [
    "append_labels",
    "augment",
    "enumerate",
    "expand",
    "filter_fields",
    "map",
    "map_fields",
    "map_unpack",
]


def map(
    self: "Dataset",
    function: Callable[[Any], Any],
    *,
    batched: bool | None = None,
    name: str | None = None,
) -> "Dataset":
    """Applies ``function`` to each sample, when it is fetched.

    Args:
        function: takes a record and gives one.
        batched: whether ``function`` takes batches as well, with the samples in the first
            dimension; by default its attribute ``batched``.
        name: for caches, in place of the function's code and of all that it refers to; you vouch
            that a function of this name always does the same.
    """
    return self._changed(Mapped(function, batched, alias=name))


def map_unpack(
    self: "Dataset",
    function: Callable[..., Any],
    *,
    batched: bool | None = None,
    name: str | None = None,
) -> "Dataset":
    """Applies ``function`` to the fields of each sample, which it gets as arguments.

    Args:
        function: takes the fields in their order.
        batched: as in ``map``.
        name: as in ``map``.

    >>> from labwork.data import ArrayDataset, Record
    >>> pairs = ArrayDataset(x=[1, 2], y=[10, 20])
    >>> pairs.map_unpack(lambda x, y: Record(sum=x + y))[1].sum
    tensor(22)
    """
    is_batch = is_batched(function, batched)
    return self._changed(Mapped(Unpack(function), is_batch, "map_unpack", name))


def map_fields(
    self: "Dataset",
    functions: Mapping[str, Callable[[Any], Any]] | None = None,
    /,
    *,
    batched: bool | None = None,
    **more: Callable[[Any], Any],
) -> "Dataset":
    """Applies a function to each of some fields; the others stay, and so do their labels.

    Args:
        functions: by the names of the fields.
        batched: as in ``map``; by default whether all functions have the attribute ``batched``.
        **more: further functions, by the names of the fields.

    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(x=[1, 2], y=[10, 20]).map_fields(x=lambda x: -x)[1]
    Record(x=tensor(-2), y=tensor(20))
    """
    chosen = {**(functions or {}), **more}
    is_batch = all(is_batched(function, batched) for function in chosen.values())
    return self._changed(Mapped(MapFields(chosen), is_batch, "map_fields"))


def augment(
    self: "Dataset", function: Callable[[Any, SampleRng], Any], *, batched: bool | None = None
) -> "Dataset":
    """Applies ``function(record, rng)``, where ``rng`` depends on (seed, epoch, index) alone.

    Args:
        function: takes a record and a ``SampleRng`` and gives a record. Where it has ``for_data``,
            as augmentations do, it is replaced by what that makes of this dataset's ``info``.
        batched: as in ``map``.
    """
    for_data = getattr(function, "for_data", None)
    return self._changed(Augmented(for_data(self.info) if for_data else function, batched))


def filter_fields(self: "Dataset", fields: Sequence[str] | Callable[[str], bool]) -> "Dataset":
    """Keeps some fields: those that are named, or for whose names a predicate holds.

    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(x=[1, 2], y=[10, 20]).filter_fields(lambda name: name != "x")[0]
    Record(y=tensor(10))
    """
    return self._changed(Mapped(KeepFields(fields), name="filter_fields"))


def expand(self: "Dataset") -> "Dataset":
    """Calls what can be called in the fields, inside of lists and dictionaries too.

    So a dataset can give functions that load, and only those samples load that are expanded.

    >>> from labwork.data import FunctionDataset, Record
    >>> late = FunctionDataset(lambda i: Record(path=f"{i}.png", image=lambda: [i] * 3), 5)
    >>> late[:2].expand()[1]
    Record(path='1.png', image=[1, 1, 1])
    """
    return self._changed(Mapped(Expand(), name="expand"))


def append_labels(self: "Dataset", labels: Mapping[str, Any]) -> "Dataset":
    """Adds fields that are known for all samples; in place of fields that have their names.

    Args:
        labels: by name, sequences or arrays of shape (N, ...).

    Raises:
        ConfigError: where there aren't as many labels as samples.

    >>> from labwork.data import ArrayDataset
    >>> named = ArrayDataset(x=[1, 2]).append_labels({"name": ["one", "two"]})
    >>> named[1], named.labels["name"].tolist()
    (Record(x=tensor(2), name='two'), ['one', 'two'])
    """
    arrays = {name: np.array(values) for name, values in labels.items()}
    return self._changed(Labelled(arrays, len(self)))


def enumerate(self: "Dataset", field: str = "index") -> "Dataset":
    """Adds a field that says which sample it is, counted from 0.

    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(x=[5, 6, 7]).enumerate()[::2][1]
    Record(x=tensor(7), index=tensor(2))
    """
    name = f".enumerate({'' if field == 'index' else repr(field)})"
    return self._changed(Labelled({field: np.arange(len(self))}, len(self), name))
