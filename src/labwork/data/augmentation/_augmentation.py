"""Augmentation: a random change of a record, and chains of them."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from labwork.core import ConfigError
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._draws import split
from labwork.data.augmentation._fields import Kind

__all__ = ["Augmentation", "Sequential", "Several", "check_operations"]


class Augmentation(ABC):
    """A random change of a record, for ``Dataset.augment``.

    Called with (record, rng), it gives a new record; what comes in stays as it is. Whether a
    record is one sample or a batch is seen from ``rng``, and a sample's result is the same either
    way. Augmentations don't change, are equal where their reprs are, and print as the source
    that makes them. ``a >> b`` is ``Sequential(a, b)``.

    >>> from labwork.data import Digits
    >>> from labwork.data.augmentation import GaussianNoise, RandomFlip
    >>> Digits("test").augment(RandomFlip() >> GaussianNoise(0.1))
    Digits('test').augment(Sequential(RandomFlip(), GaussianNoise(0.1)))
    """

    @property
    def batched(self) -> bool:
        """Whether it takes batches as well as samples."""
        return True

    @property
    def runs_code(self) -> bool:
        """Whether it may draw from elsewhere than ``rng``, such as the global generators."""
        return True

    @abstractmethod
    def __call__(self, record: Record, rng: SampleRng) -> Record: ...

    def on(self, **fields: Kind) -> "Augmentation":
        """The same for other fields, given by their kinds; a chain passes it on to its parts.

        Mixing and sampling of sequences, which name their fields themselves, stay as they are.

        >>> from labwork.data.augmentation import RandomCrop, RandomFlip
        >>> (RandomCrop(8) >> RandomFlip()).on(left="image", right="image").operations[1]
        RandomFlip(fields={'left': 'image', 'right': 'image'})
        """
        return self

    def for_data(self, info: Mapping[str, Any]) -> "Augmentation":
        """The same with what it has to know of a dataset, of which ``info`` are the facts."""
        return self

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The labels of all samples that it leaves as they are; None where that can't be told."""
        return None

    def __rshift__(self, other: "Augmentation") -> "Sequential":
        return Sequential(self, other)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_arguments(self))})"


def _arguments(augmentation: Any) -> Iterator[str]:
    """The arguments of a dataclass as they may be written: defaults are left out."""
    by_position = True
    for field in sorted(dataclasses.fields(augmentation), key=lambda f: f.kw_only is True):
        shown = repr(getattr(augmentation, field.name))
        if shown == repr(field.default):
            by_position = False
        elif by_position and not field.kw_only:
            yield shown
        else:
            yield f"{field.name}={shown}"


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Several(Augmentation):
    """What consists of other augmentations."""

    operations: tuple[Augmentation, ...]

    def __init__(self, *operations: Augmentation) -> None:
        check_operations(self, operations)
        object.__setattr__(self, "operations", operations)

    @property
    def batched(self) -> bool:
        return all(operation.batched for operation in self.operations)

    @property
    def runs_code(self) -> bool:
        return any(operation.runs_code for operation in self.operations)

    def on(self, **fields: Kind) -> Self:
        return type(self)(*(operation.on(**fields) for operation in self.operations))

    def for_data(self, info: Mapping[str, Any]) -> Self:
        return type(self)(*(operation.for_data(info) for operation in self.operations))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.operations))})"


class Sequential(Several):
    """One augmentation after the other.

    Each has a stream of random numbers of its own, so one more at the end changes nothing in
    what those before it draw.

    Args:
        *operations: augmentations in their order; chains among them are taken apart.

    Raises:
        ConfigError: where one of them is no augmentation.

    >>> from labwork.data.augmentation import CenterCrop, RandomFlip
    >>> CenterCrop(24) >> RandomFlip() >> CenterCrop(16)
    Sequential(CenterCrop(24), RandomFlip(), CenterCrop(16))
    """

    def __init__(self, *operations: Augmentation) -> None:
        flat = [o.operations if isinstance(o, Sequential) else (o,) for o in operations]
        super().__init__(*(o for part in flat for o in part))

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
        left: Mapping[str, Any] | None = labels
        for operation in self.operations:
            left = None if left is None else operation.map_labels(left)
        return left

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        streams = split(rng, len(self.operations))
        for operation, keys in zip(self.operations, streams, strict=True):
            record = operation(record, SampleRng(keys))
        return record


def check_operations(owner: object, operations: tuple[object, ...]) -> None:
    """Checks that all of ``operations`` are augmentations."""
    for operation in operations:
        if not isinstance(operation, Augmentation):
            hint = f"; did you mean {operation.__name__}(…)?" if isinstance(operation, type) else ""
            raise ConfigError(
                f"{type(owner).__name__} takes augmentations, and {operation!r} is none{hint}"
            )
