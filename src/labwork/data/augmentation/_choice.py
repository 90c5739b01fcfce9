"""Augmentations of which each sample gets one: Maybe and OneOf."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._batch import Batch, concatenate
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._augmentation import (
    Augmentation,
    Sequential,
    Several,
    check_operations,
)
from labwork.data.augmentation._checks import between
from labwork.data.augmentation._draws import Keys, split
from labwork.data.augmentation._fields import Kind

__all__ = ["Maybe", "OneOf"]

Choices = NDArray[np.int64]


@final
@dataclass(frozen=True, repr=False, eq=False)
class Maybe(Augmentation):
    """Applies an augmentation with probability ``p``; else the record stays.

    In a batch, only the samples that get it are computed. It must keep sizes and types then.

    Args:
        operation: an augmentation.
        p: from 0 to 1.

    >>> from labwork.data.augmentation import GaussianBlur
    >>> Maybe(GaussianBlur(), 0.2)
    Maybe(GaussianBlur(), 0.2)
    """

    operation: Augmentation
    p: float = 0.5

    def __post_init__(self) -> None:
        check_operations(self, (self.operation,))
        between(self, 0, 1, p=self.p)

    @property
    def batched(self) -> bool:
        return self.operation.batched

    @property
    def runs_code(self) -> bool:
        return self.operation.runs_code

    def on(self, **fields: Kind) -> "Maybe":
        return Maybe(self.operation.on(**fields), self.p)

    def for_data(self, info: Mapping[str, Any]) -> "Maybe":
        return Maybe(self.operation.for_data(info), self.p)

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self.operation.map_labels(labels)

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        choices = np.where(rng.uniform() < self.p, 0, 1)
        return _apply(self, (self.operation, None), choices, record, split(rng, 1)[0])


@final
class OneOf(Several):
    """Applies one of several augmentations, each with the same probability.

    In a batch, each is computed for the samples that get it; sizes and types must be the same
    whichever it is.

    Args:
        *operations: one augmentation or more.

    >>> from labwork.data.augmentation import GaussianBlur, RandomGamma
    >>> OneOf(GaussianBlur(), RandomGamma())
    OneOf(GaussianBlur(), RandomGamma())
    """

    def __init__(self, *operations: Augmentation) -> None:
        super().__init__(*operations)
        if not operations:
            raise ConfigError("OneOf takes one augmentation or more, not none")

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return Sequential(*self.operations).map_labels(labels)  # what all of them leave

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        choices = rng.integers(0, len(self.operations))
        return _apply(self, self.operations, choices, record, split(rng, 1)[0])


def _apply(
    owner: object,
    operations: tuple[Augmentation | None, ...],
    choices: Choices,
    record: Record,
    keys: Keys,
) -> Record:
    """Each sample after the operation whose number is its choice; None changes nothing."""
    if choices.ndim == 0:
        operation = operations[int(choices)]
        return operation(record, SampleRng(keys)) if operation else record
    places = [np.flatnonzero(choices == number) for number in range(len(operations))]
    parts = [
        operation(part, SampleRng(keys[place])) if operation else part
        for operation, place in zip(operations, places, strict=True)
        if len(place) and (part := _some(record, place))
    ]
    return type(record)(_joined(owner, parts, np.argsort(np.concatenate(places))))


def _some(record: Record, place: Choices) -> Batch:
    return Batch({name: _pick(value, place) for name, value in record.items()})


def _pick(values: Any, place: Choices) -> Any:
    if isinstance(values, Tensor | np.ndarray):
        return values[place]
    return [values[i] for i in place]


def _joined(owner: object, parts: list[Any], order: Choices) -> Batch:
    looks = {tuple((name, _look(value)) for name, value in part.items()) for part in parts}
    if len(looks) > 1:
        first, second = sorted(map(dict, looks), key=str)[:2]
        name = next(n for n in {**first, **second} if first.get(n) != second.get(n))
        raise ConfigError(
            f"{type(owner).__name__}: field {name!r} is {first.get(name)} in some samples of a"
            f" batch and {second.get(name)} in others; make it one, or use batched=False"
        )
    return concatenate(parts, order)


def _look(value: Any) -> str:
    if not isinstance(value, Tensor):
        return type(value).__name__
    return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape[1:])}"
