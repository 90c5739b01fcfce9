"""The samples of several datasets, one after the other."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from labwork.data._batch import Batch, concatenate
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices
from labwork.data._rng import sample_keys

__all__ = ["Joined", "by_owner"]

_JOINED = 2**33  # a stream of random numbers that no augmentation uses


class Joined(Change):
    """Each part gets a seed of its own, as the same indices mean other samples there."""

    def __init__(self, parts: Parts) -> None:
        self._ends = [*accumulate(map(len, parts))]
        self._starts = np.array([0, *self._ends])

    def length(self, parts: Parts) -> int:
        return self._ends[-1]

    def get(self, parts: Parts, index: int) -> Any:
        number = bisect_right(self._ends, index)
        return parts[number].get(index - (self._ends[number - 1] if number else 0))

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        owners = np.searchsorted(self._starts[1:], indices, side="right")
        return by_owner(parts, owners, indices - self._starts[owners])

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        seeds = sample_keys(seed, 0, range(len(parts)), stream=_JOINED)
        return self, tuple(part.at(int(s), epoch) for s, part in zip(seeds, parts, strict=True))

    def identity(self, parts: Parts) -> Any:
        return "join", *parts

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        known = [part.labels for part in parts]
        names = [name for name in known[0] if all(name in labels for labels in known)]
        return {name: np.concatenate([labels[name] for labels in known]) for name in names}

    def describe(self, parts: Parts) -> str:
        return f"({' + '.join(map(repr, parts))})"


def by_owner(parts: Parts | Mapping[int, Any], owners: Indices, indices: Indices) -> Batch:
    """One batch whose sample ``i`` is at ``indices[i]`` in ``parts[owners[i]]``."""
    numbers = np.unique(owners).tolist()
    places = [np.flatnonzero(owners == number) for number in numbers]
    batches = [
        parts[number].get_batch(indices[place])
        for number, place in zip(numbers, places, strict=True)
    ]
    if len(batches) == 1:
        return batches[0]
    return concatenate(batches, np.argsort(np.concatenate(places)))
