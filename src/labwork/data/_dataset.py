"""Dataset: an immutable, indexable source of records, changed by chaining."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from labwork.data._batch import Batch, collate, concatenate
from labwork.data._indexing import (
    Indices,
    as_indices,
    function_name,
    in_range,
    key_name,
    select,
)
from labwork.data._record import Record
from labwork.data._rng import SampleRng, sample_keys

__all__ = ["Dataset"]

_JOINED = 2**33  # a stream of random numbers that no augmentation uses


class Dataset(ABC):
    """An immutable sequence of samples; each change gives a new dataset, the old one stays.

    A subclass defines ``__len__``, ``get`` and ``__repr__``. One that can fetch many samples
    faster than one by one also defines ``get_batch`` and sets ``can_batch``.

    Indexing: an integer gives a sample; a slice, a list of integers, an integer array or a
    boolean mask gives a dataset; ``ds[index, fields]`` looks at some fields only.

    Attributes:
        info: facts about the data, such as ``class_count``.
        can_batch: whether ``get_batch`` does more than fetch samples one by one.
        runs_code: whether getting a sample calls functions that might draw random numbers.

    >>> from labwork.data import ArrayDataset
    >>> numbers = ArrayDataset(x=range(5))
    >>> odd = numbers.filter(lambda r: r.x % 2 == 1)
    >>> [int(record.x) for record in odd + numbers[:2]]
    [1, 3, 0, 1]
    >>> numbers.map(lambda r: Record(y=r.x * 10))[4].y
    tensor(40)
    """

    can_batch: bool = False
    runs_code: bool = True
    _augmentation_count: int = 0

    @property
    def info(self) -> Mapping[str, Any]:
        """Facts about the data, such as ``class_count``."""
        return MappingProxyType({})

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, index: int) -> Any:
        """The sample at ``index``, from 0 to ``len(self) - 1``."""

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,), as one batch."""
        batch: Batch = collate([self.get(int(i)) for i in indices])
        return batch

    def at(self, seed: int, epoch: int) -> "Dataset":
        """The dataset as it is in an epoch: what is drawn at random depends on (seed, epoch).

        A loader calls this; a dataset without ``augment`` in its chain is the same in every epoch.
        """
        return self

    def map(self, function: Callable[[Any], Any], *, batched: bool | None = None) -> "Dataset":
        """Applies ``function`` to each sample, when it is fetched.

        Args:
            function: takes a record and gives one.
            batched: whether ``function`` takes batches as well, with the samples in the first
                dimension; by default its attribute ``batched``.
        """
        return _Mapped(self, function, _is_batched(function, batched))

    def augment(
        self, function: Callable[[Any, SampleRng], Any], *, batched: bool | None = None
    ) -> "Dataset":
        """Applies ``function(record, rng)``, where ``rng`` depends on (seed, epoch, index) alone.

        Args:
            function: takes a record and a ``SampleRng`` and gives a record.
            batched: as in ``map``.
        """
        return _Augmented(self, function, _is_batched(function, batched))

    def filter(self, predicate: Callable[[Any], bool]) -> "Dataset":
        """Keeps the samples for which ``predicate`` holds; looks at each of them once, now."""
        kept = [i for i in range(len(self)) if predicate(self.get(i))]
        return _Subset(self, as_indices(kept), f".filter({function_name(predicate)})")

    def join(self, *others: "Dataset") -> "Dataset":
        """The samples of this dataset, then those of ``others``."""
        parts: list[Dataset] = []
        for dataset in (self, *others):
            parts += dataset._parts if isinstance(dataset, _Joined) else [dataset]
        return _Joined(tuple(parts))

    def __add__(self, other: "Dataset") -> "Dataset":
        return self.join(other)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int | np.integer):
            return self.get(in_range(int(key), len(self)))
        if isinstance(key, tuple):
            index, fields = key
            return self.map(_Fields(fields), batched=True)[index]
        return _Subset(self, select(key, len(self)), f"[{key_name(key)}]")

    def __getitems__(self, indices: Sequence[int] | Indices) -> Batch | list[Any]:
        """A batch where the dataset can fetch by batches, else the samples one by one."""
        if self.can_batch:
            return self.get_batch(as_indices(indices))
        return [self.get(int(index)) for index in indices]

    def __iter__(self) -> Iterator[Any]:
        return (self.get(i) for i in range(len(self)))

    @abstractmethod
    def __repr__(self) -> str: ...


class _Changed(Dataset):
    """A dataset that is made from another one."""

    def __init__(self, base: Dataset) -> None:
        self._base = base
        self.can_batch = base.can_batch
        self.runs_code = base.runs_code
        self._augmentation_count = base._augmentation_count

    @property
    def info(self) -> Mapping[str, Any]:
        return self._base.info

    def __len__(self) -> int:
        return len(self._base)

    def at(self, seed: int, epoch: int) -> Dataset:
        base = self._base.at(seed, epoch)
        return self if base is self._base else self._over(base)

    @abstractmethod
    def _over(self, base: Dataset) -> Dataset:
        """The same change of another dataset."""


class _Mapped(_Changed):
    def __init__(self, base: Dataset, function: Callable[..., Any], batched: bool) -> None:
        super().__init__(base)
        self._function, self._batched = function, batched
        self.can_batch = base.can_batch and batched
        self.runs_code = base.runs_code or not isinstance(function, _Fields)

    def get(self, index: int) -> Any:
        return self._function(self._base.get(index))

    def get_batch(self, indices: Indices) -> Batch:
        if not self.can_batch:
            return super().get_batch(indices)
        batch: Batch = self._function(self._base.get_batch(indices))
        return batch

    def _over(self, base: Dataset) -> Dataset:
        return _Mapped(base, self._function, self._batched)

    def __repr__(self) -> str:
        if isinstance(self._function, _Fields):
            return f"{self._base!r}[:, {self._function.names}]"
        return f"{self._base!r}.map({function_name(self._function)})"


class _Augmented(_Changed):
    def __init__(
        self,
        base: Dataset,
        function: Callable[..., Any],
        batched: bool,
        address: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__(base)
        self._function, self._batched, self._address = function, batched, address
        self.can_batch = base.can_batch and batched
        self.runs_code = True
        self._augmentation_count = base._augmentation_count + 1

    def get(self, index: int) -> Any:
        return self._function(self._base.get(index), self._rng(index))

    def get_batch(self, indices: Indices) -> Batch:
        if not self.can_batch:
            return super().get_batch(indices)
        batch: Batch = self._function(self._base.get_batch(indices), self._rng(indices))
        return batch

    def _rng(self, indices: int | Indices) -> SampleRng:
        return SampleRng(sample_keys(*self._address, indices, stream=self._augmentation_count))

    def at(self, seed: int, epoch: int) -> Dataset:
        base = self._base.at(seed, epoch)
        return _Augmented(base, self._function, self._batched, (seed, epoch))

    def _over(self, base: Dataset) -> Dataset:
        return _Augmented(base, self._function, self._batched, self._address)

    def __repr__(self) -> str:
        return f"{self._base!r}.augment({function_name(self._function)})"


class _Subset(_Changed):
    def __init__(self, base: Dataset, indices: Indices, change: str) -> None:
        super().__init__(base)
        self._indices, self._change = indices, change

    def __len__(self) -> int:
        return len(self._indices)

    def get(self, index: int) -> Any:
        return self._base.get(int(self._indices[index]))

    def get_batch(self, indices: Indices) -> Batch:
        return self._base.get_batch(self._indices[indices])

    def _over(self, base: Dataset) -> Dataset:
        return _Subset(base, self._indices, self._change)

    def __repr__(self) -> str:
        return f"{self._base!r}{self._change}"


class _Joined(Dataset):
    def __init__(self, parts: tuple[Dataset, ...]) -> None:
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])
        self.can_batch = all(part.can_batch for part in parts)
        self.runs_code = any(part.runs_code for part in parts)
        self._augmentation_count = max(part._augmentation_count for part in parts)

    @property
    def info(self) -> Mapping[str, Any]:
        return self._parts[0].info

    def __len__(self) -> int:
        return int(self._ends[-1])

    def get(self, index: int) -> Any:
        part = int(np.searchsorted(self._ends, index, side="right"))
        return self._parts[part].get(index - (int(self._ends[part - 1]) if part else 0))

    def get_batch(self, indices: Indices) -> Batch:
        if not self.can_batch:
            return super().get_batch(indices)
        owners = np.searchsorted(self._ends, indices, side="right")
        places = [np.flatnonzero(owners == number) for number in range(len(self._parts))]
        starts = [0, *self._ends]
        batches = [
            self._parts[number].get_batch(indices[place] - starts[number])
            for number, place in enumerate(places)
            if len(place)
        ]
        return concatenate(batches, np.argsort(np.concatenate(places)))

    def at(self, seed: int, epoch: int) -> Dataset:
        # Each part gets a seed of its own: the same indices mean other samples there.
        seeds = sample_keys(seed, 0, range(len(self._parts)), stream=_JOINED)
        parts = [part.at(int(s), epoch) for s, part in zip(seeds, self._parts, strict=True)]
        same = all(new is old for new, old in zip(parts, self._parts, strict=True))
        return self if same else _Joined(tuple(parts))

    def __repr__(self) -> str:
        return f"({' + '.join(map(repr, self._parts))})"


class _Fields:
    """Keeps some fields of a record."""

    def __init__(self, names: str | Sequence[str]) -> None:
        self.names = [names] if isinstance(names, str) else list(names)

    def __call__(self, record: Record) -> Any:
        return record[self.names]


def _is_batched(function: Callable[..., Any], batched: bool | None) -> bool:
    return bool(getattr(function, "batched", False)) if batched is None else batched
