"""A view: samples that are put together of a dataset's samples, by their indices."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labwork.core import ConfigError
from labwork.data._dataset import Dataset
from labwork.data._names import digest
from labwork.data._record import Record
from labwork.data._sequences._gather import Over, gather

__all__ = ["ViewDataset"]


class ViewDataset(Over):
    """Records of records: the field ``name`` is what ``base`` has at ``views[name][index]``.

    Where that is one index, the field is one sample; where it is an array of them, the field is a
    batch with the array's dimensions in front. Views may be nested in dictionaries, and the
    records are so too.

    Args:
        base: whose samples are viewed.
        views: by name, index arrays of shape (N, ...) or dictionaries of them.

    Raises:
        ConfigError: where there is no view, or they aren't whole numbers in one length N.
        IndexError: where an index is out of range.

    >>> from labwork.data import ArrayDataset
    >>> frames = ArrayDataset(x=[0, 10, 20, 30])
    >>> view = ViewDataset(frames, {"target": [3, 2], "context": {"past": [[0, 1], [1, 1]]}})
    >>> view[0]
    Record(target=Record(x=tensor(30)), context=Record(past=Batch(x=tensor([ 0, 10]))))
    """

    def __init__(self, base: Dataset, views: Mapping[str, Any]) -> None:
        super().__init__(base)
        self._views = _checked(views, len(base), "views")
        lengths = sorted(set(_lengths(self._views)))
        if len(lengths) != 1:
            raise ConfigError(f"views need one length, but theirs are {lengths or 'none'}")
        self._length = lengths[0]

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The record of the samples, or batches of them, that belong to ``index``."""
        return self._record(self._views, index)

    def _record(self, views: Mapping[str, Any], index: int) -> Record:
        return Record({name: self._field(view, index) for name, view in views.items()})

    def _field(self, view: Any, index: int) -> Any:
        if isinstance(view, dict):
            return self._record(view, index)
        return gather(self._base, view[index])

    def identity(self) -> Any:
        return self._base, self._views

    def __repr__(self) -> str:
        return f"ViewDataset({self._base!r}, {_described(self._views)})"


def _checked(views: Any, count: int, name: str) -> Any:
    if isinstance(views, Mapping):
        return {key: _checked(view, count, key) for key, view in views.items()}
    try:
        indices = np.array(views)
    except ValueError:  # rows of different lengths
        indices = np.array(None)
    if indices.ndim == 0 or (indices.size and indices.dtype.kind not in "iu"):
        raise ConfigError(f"view {name!r} is no array of indices, shape (N, ...): {views!r:.60}")
    if indices.size and not (indices.min() >= 0 and indices.max() < count):
        wrong = next(i for i in indices.flat if not 0 <= i < count)
        raise IndexError(f"view {name!r}: index {wrong} is out of range for {count} samples")
    return indices.astype(np.int64)


def _lengths(views: Any) -> list[int]:
    if isinstance(views, dict):
        return [length for view in views.values() for length in _lengths(view)]
    return [len(views)]


def _described(views: Any) -> str:
    if isinstance(views, dict):
        return f"{{{', '.join(f'{name!r}: {_described(v)}' for name, v in views.items())}}}"
    return f"<{views.shape} {digest(views)}>"
