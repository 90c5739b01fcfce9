"""Some of the samples, in some order: successive selections become one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, TypeAlias

import numpy as np

from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices, indices_name

__all__ = ["Selection", "Subset", "take"]

Known: TypeAlias = range | Indices


@dataclass(frozen=True, eq=False)
class Selection:
    """Which samples, and what it is called in a repr; without a name the indices tell.

    Attributes:
        length: how many there are.
        indices: a range, an array of shape (length,), or a function that computes one.
        name: how the change is written, such as ``[1:]``.
    """

    length: int
    indices: Known | Callable[[], Indices]
    name: str = ""

    @classmethod
    def of(cls, indices: Any, name: str, length: int | None = None) -> "Selection":
        """The length is needed where the indices are a function."""
        return cls(len(indices) if length is None else length, indices, name)

    def known(self) -> Known:
        """The indices, computed if need be."""
        return self.indices() if callable(self.indices) else self.indices

    def __str__(self) -> str:
        return self.name or f"[{indices_name(self.known())}]"


class Subset(Change):
    """The samples that are left after each of some selections, the first one first."""

    def __init__(self, *selections: Selection) -> None:
        self.selections = selections

    @cached_property
    def indices(self) -> Known:
        """Where the samples are in the part."""
        # From the last to the first, so that a short slice of much needs little work.
        return reduce(lambda outer, inner: take(inner.known(), outer), self._earlier(), self._last)

    def _earlier(self) -> tuple[Selection, ...]:
        return self.selections[-2::-1]

    @property
    def _last(self) -> Known:
        return self.selections[-1].known()

    def length(self, parts: Parts) -> int:
        return self.selections[-1].length

    @cached_property
    def _place(self) -> Callable[[int], int]:
        found = self.indices
        return found.__getitem__ if isinstance(found, range) else found.item

    def get(self, parts: Parts, index: int) -> Any:
        return parts[0].get(self._place(index))

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        return parts[0].get_batch(take(self.indices, indices))

    def identity(self, parts: Parts) -> Any:
        return "subset", self.indices, parts[0]

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return {name: take(np.asarray(a), self.indices) for name, a in parts[0].labels.items()}

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}{''.join(map(str, self.selections))}"


def take(values: Any, indices: Known) -> Any:
    """The values at ``indices``; of a range or an array at a range no copy is made."""
    if isinstance(indices, range):
        is_range = isinstance(values, range)
        return _of_range(values, indices) if is_range else values[_as_slice(indices)]
    if isinstance(values, range):
        return values.start + values.step * indices
    return values[indices]


def _of_range(values: range, indices: range) -> range:
    start, step = values.start, values.step
    return range(start + step * indices.start, start + step * indices.stop, step * indices.step)


def _as_slice(indices: range) -> slice:
    if len(indices) == 0:
        return slice(0, 0)
    # A stop below 0 would be counted from the end.
    return slice(indices.start, indices.stop if indices.stop >= 0 else None, indices.step)
