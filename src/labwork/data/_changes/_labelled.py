"""Fields that are known for all samples, as arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices
from labwork.data._names import digest
from labwork.data._record import Record

__all__ = ["Labelled", "label_at"]


class Labelled(Change):
    """Adds labels to the samples, in place of fields that have their names."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], length: int, name: str = "") -> None:
        for field, array in arrays.items():
            if array.ndim == 0 or len(array) != length:
                raise ConfigError(
                    f"labels {field!r} of shape {array.shape} don't fit {length} samples:"
                    " the first dimension counts them"
                )
        self._arrays, self._name = dict(arrays), name

    def get(self, parts: Parts, index: int) -> Any:
        new = {name: label_at(array, index) for name, array in self._arrays.items()}
        return parts[0].get(index).join(Record(new), overwrite=True)

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        new = {name: _labels_at(array, indices) for name, array in self._arrays.items()}
        return parts[0].get_batch(indices).join(Record(new), overwrite=True)

    def identity(self, parts: Parts) -> Any:
        return "append_labels", self._arrays, parts[0]

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        try:
            known = parts[0].labels
        except ConfigError:  # those of the part aren't known; these are
            known = {}
        return {**known, **self._arrays}

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}{self._name or self._call()}"

    def _call(self) -> str:
        pairs = (f"{n!r}: <{a.shape} {digest(a)}>" for n, a in self._arrays.items())
        return f".append_labels({{{', '.join(pairs)}}})"


def label_at(array: NDArray[Any], index: int) -> Any:
    """A tensor, or the object itself where no tensor can hold it, such as a string."""
    if _is_numeric(array):
        return torch.from_numpy(np.array(array[index]))
    return array.item(index) if array.ndim == 1 else array[index].tolist()


def _labels_at(array: NDArray[Any], indices: Indices) -> Any:
    return torch.from_numpy(array[indices]) if _is_numeric(array) else array[indices].tolist()


def _is_numeric(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "biufc"
