"""Samples side by side: one record of the records at the same index."""

from collections.abc import Mapping
from typing import Any

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices
from labwork.data._rng import sample_keys

__all__ = ["Zipped"]

_ZIPPED = 2**33 + 2  # a stream of random numbers that no augmentation uses


class Zipped(Change):
    """The fields of all parts; each part gets a seed of its own."""

    def __init__(self, parts: Parts) -> None:
        lengths = [len(part) for part in parts]
        if len(set(lengths)) > 1:
            raise ConfigError(
                f"datasets to be zipped need one length, but have {', '.join(map(str, lengths))}:"
                " cut them to a slice, or repeat the shorter ones"
            )

    def get(self, parts: Parts, index: int) -> Any:
        first, *others = (part.get(index) for part in parts)
        return first.join(*others)

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        first, *others = (part.get_batch(indices) for part in parts)
        return first.join(*others)

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        seeds = sample_keys(seed, 0, range(len(parts)), stream=_ZIPPED)
        return self, tuple(part.at(int(s), epoch) for s, part in zip(seeds, parts, strict=True))

    def identity(self, parts: Parts) -> Any:
        return "zip", *parts

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return {name: array for part in parts for name, array in part.labels.items()}

    def describe(self, parts: Parts) -> str:
        first, *others = map(repr, parts)
        return f"{first}.zip({', '.join(others)})"
