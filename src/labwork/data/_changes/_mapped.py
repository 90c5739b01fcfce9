"""A function applied to each sample, with random numbers or without."""

from collections.abc import Callable, Mapping
from typing import Any

from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts, varies
from labwork.data._indexing import Indices
from labwork.data._names import function_name
from labwork.data._rng import SampleRng, sample_keys

__all__ = ["Augmented", "Mapped", "is_batched"]


class Mapped(Change):
    """``function(sample)``; a function that knows what becomes of labels has ``map_labels``.

    Where there is an alias, the user vouches that it tells what the function does.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        batched: bool | None = None,
        name: str = "map",
        alias: str | None = None,
    ) -> None:
        self._function, self._name, self._alias = function, name, alias
        self.takes_batches = is_batched(function, batched)
        self.runs_code = getattr(function, "runs_code", True)

    def get(self, parts: Parts, index: int) -> Any:
        return self._function(parts[0].get(index))

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        batch: Batch = self._function(parts[0].get_batch(indices))
        return batch

    def identity(self, parts: Parts) -> Any:
        if self._alias is not None:
            return "map", "named", self._alias, parts[0]
        return "map", self._function, parts[0]

    def labels(self, parts: Parts) -> Mapping[str, Any] | None:
        return _labels(self._function, parts)

    def describe(self, parts: Parts) -> str:
        in_brackets = getattr(self._function, "in_brackets", None)
        if not self._name:
            return f"{parts[0]!r}[:, {in_brackets}]"
        if in_brackets is None:
            in_brackets = function_name(self._function)
        if self._alias is not None:
            in_brackets += f", name={self._alias!r}"
        return f"{parts[0]!r}.{self._name}({in_brackets})"


class Augmented(Change):
    """``function(sample, rng)``, where ``rng`` depends on (seed, epoch, index) alone.

    A function that knows what becomes of labels has ``map_labels``, and one that draws from
    ``rng`` alone says so by ``runs_code = False``.
    """

    draws = True

    def __init__(
        self,
        function: Callable[..., Any],
        batched: bool | None = None,
        address: tuple[int, int] = (0, 0),
    ) -> None:
        self._function, self._address = function, address
        self.takes_batches = is_batched(function, batched)
        self.runs_code = getattr(function, "runs_code", True)

    def get(self, parts: Parts, index: int) -> Any:
        return self._function(parts[0].get(index), self._rng(parts, index))

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        batch: Batch = self._function(parts[0].get_batch(indices), self._rng(parts, indices))
        return batch

    def _rng(self, parts: Parts, indices: int | Indices) -> SampleRng:
        stream = parts[0]._augmentation_count + 1
        return SampleRng(sample_keys(*self._address, indices, stream=stream))

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        change = Augmented(self._function, self.takes_batches, (seed, epoch))
        return change, (parts[0].at(seed, epoch),)

    def identity(self, parts: Parts) -> Any:
        raise varies(self.describe(parts))

    def labels(self, parts: Parts) -> Mapping[str, Any] | None:
        return _labels(self._function, parts)

    def describe(self, parts: Parts) -> str:
        return f"{parts[0]!r}.augment({function_name(self._function)})"


def _labels(function: Callable[..., Any], parts: Parts) -> Mapping[str, Any] | None:
    map_labels = getattr(function, "map_labels", None)
    return map_labels(parts[0].labels) if map_labels else None


def is_batched(function: Callable[..., Any], batched: bool | None) -> bool:
    """What was asked for, or else what the function says of itself."""
    return bool(getattr(function, "batched", False)) if batched is None else batched
