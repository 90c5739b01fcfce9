"""Dataset: an immutable, indexable source of records, changed by chaining."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from labwork.core import ConfigError
from labwork.data._batch import Batch, collate
from labwork.data._caches import Identified
from labwork.data._changes import Change, KeepFields, Mapped, Parts, Selection, Subset
from labwork.data._indexing import (
    Indices,
    as_indices,
    in_range,
    select,
    slice_name,
    whole_number,
)
from labwork.data._methods import caching, combining, mapping, selecting
from labwork.data._notes import note_sample

__all__ = ["Dataset"]


class Dataset(Identified):
    """An immutable sequence of samples; each change gives a new dataset, the old one stays.

    A subclass defines ``__len__``, ``get`` and ``__repr__``; where it knows its labels, ``labels``;
    where it can fetch many samples faster than one by one, ``get_batch``, and sets ``can_batch``;
    where it is to be cached on the disk without a name, ``identity``.

    Indexing: an integer gives a sample; a slice, a list of integers, an integer array or a
    boolean mask gives a dataset; ``ds[index, fields]`` looks at some fields only, which are named,
    numbered, sliced or listed as those of a record are.

    Attributes:
        info: facts about the data, such as ``class_count``.
        can_batch: whether ``get_batch`` does more than fetch samples one by one.
        collates: whether ``get_batch`` makes batches in a way of its own, by a user's function.
        runs_code: whether getting a sample calls functions that might draw random numbers.

    >>> from labwork.data import ArrayDataset, Record
    >>> numbers = ArrayDataset(x=range(5))
    >>> odd = numbers.filter(lambda r: r.x % 2 == 1)
    >>> [int(record.x) for record in odd + numbers[:2]]
    [1, 3, 0, 1]
    >>> numbers.map(lambda r: Record(y=r.x * 10, z=0))[4, :1]
    Record(y=tensor(40))
    """

    can_batch: bool = False
    collates: bool = False
    runs_code: bool = True
    _augmentation_count: int = 0
    _change: Change | None = None
    _parts: Parts = ()

    @property
    def info(self) -> Mapping[str, Any]:
        """Facts about the data, such as ``class_count``."""
        return MappingProxyType({})

    @property
    def labels(self) -> Mapping[str, Any]:
        """Small fields of all samples, by name, as arrays of shape (N, ...); no image is read.

        Raises:
            ConfigError: where only the samples could tell them, as after ``map``.

        >>> from labwork.data import Digits
        >>> Digits("test")[:3].labels["label"]
        array([3, 1, 7])
        """
        earlier = "" if self._change is None else " take them before the last change, or"
        raise ConfigError(
            f"the labels of {self!r} aren't known without computing its samples;{earlier} give"
            " them: append_labels({'label': array})"
        )

    @property
    def allows_threads(self) -> bool:
        """Whether several threads may get samples: nothing draws from the global generators."""
        return not self.runs_code

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, index: int) -> Any:
        """The sample at ``index``, from 0 to ``len(self) - 1``."""

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,), as one batch."""
        return collate([self.get(int(i)) for i in indices])

    def at(self, seed: int, epoch: int) -> "Dataset":
        """The dataset as it is in an epoch: what is drawn at random depends on (seed, epoch).

        A loader calls this. Without ``augment`` and ``shuffle``, all epochs are the same.
        """
        return self

    def identity(self) -> Any:
        """What makes the samples, besides the class: what caches are known by.

        Such as the arguments, an array, or the path, size and time of each file; functions and
        other datasets may be among them. The class's code need not be.

        Raises:
            ConfigError: where the class doesn't say.
        """
        raise ConfigError(
            f"{type(self).__name__} doesn't say what makes its samples: define its identity(), or"
            " give the cache a name, cache_hdd(name='…')"
        )

    map = mapping.map
    map_unpack = mapping.map_unpack
    map_fields = mapping.map_fields
    augment = mapping.augment
    filter_fields = mapping.filter_fields
    expand = mapping.expand
    append_labels = mapping.append_labels
    enumerate = mapping.enumerate
    filter = selecting.filter
    filter_split = selecting.filter_split
    find = selecting.find
    split = selecting.split
    permute = selecting.permute
    shuffle = selecting.shuffle
    sample = selecting.sample
    resample = selecting.resample
    join = combining.join
    concat = combining.concat
    repeat = combining.repeat
    zip = combining.zip
    batch = combining.batch
    cache = caching.cache
    cache_hdd = caching.cache_hdd
    info_cache = caching.info_cache
    info_cache_hdd = caching.info_cache_hdd

    def __add__(self, other: "Dataset") -> "Dataset":
        if not isinstance(other, Dataset):
            raise TypeError(
                f"a dataset can't be joined with {other!r:.80}, which is none;"
                " FunctionDataset(samples.__getitem__, len(samples)) makes one of a sequence"
            )
        return self.join(other)

    def __mul__(self, count: int) -> "Dataset":
        return self.repeat(count)

    __rmul__ = __mul__

    def __getitem__(self, key: Any) -> Any:
        number = whole_number(key)
        if number is not None:
            return self._get_or_tell(in_range(number, len(self)))
        if isinstance(key, tuple):
            return self._with_fields(*_index_and_fields(key))
        name = f"[{slice_name(key)}]" if isinstance(key, slice) else ""
        return self._selected(select(key, len(self)), name)

    def _with_fields(self, index: Any, fields: Any) -> Any:
        """What stands at ``index``, with some fields; which are numbered is told by a sample."""
        if not (callable(fields) or _are_names(fields)):
            place = whole_number(index)
            key = fields if whole_number(fields) is None else [fields]
            fields = self[0 if place is None else place][key].keys()
        return self._changed(Mapped(KeepFields(fields), name=""))[index]

    def __getitems__(self, indices: Sequence[int] | Indices) -> Batch | list[Any]:
        """A batch where the dataset can fetch by batches, else the samples one by one."""
        if self.can_batch:
            return self.get_batch(as_indices(indices))
        return [self.get(int(index)) for index in indices]

    def __iter__(self) -> Iterator[Any]:
        return (self._get_or_tell(i) for i in range(len(self)))

    @abstractmethod
    def __repr__(self) -> str: ...

    def _get_or_tell(self, index: int) -> Any:
        try:
            return self.get(index)
        except Exception as error:
            note_sample(error, index, self)
            raise

    def _changed(self, change: Change, *others: "Dataset") -> "Dataset":
        return _Changed(change, (self, *others))

    def _selected(self, indices: Any, name: str, length: int | None = None) -> "Dataset":
        """Some samples; where a function is to compute the indices, with their number."""
        chosen = Selection.of(indices, name, length)
        if isinstance(self._change, Subset):
            return self._parts[0]._changed(Subset(*self._change.selections, chosen))
        return self._changed(Subset(chosen))


def _index_and_fields(key: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(key) != 2:
        raise TypeError(
            f"a dataset is indexed by samples, or by samples and fields, not by {len(key)} keys;"
            " several samples are a list: dataset[[0, 2, 5]]"
        )
    index, fields = key
    return index, fields


def _are_names(fields: Any) -> bool:
    are_many = isinstance(fields, list | tuple | set | frozenset)
    return all(isinstance(name, str) for name in (fields if are_many else [fields]))


class _Changed(Dataset):
    """A dataset that a change makes of others."""

    _change: Change

    def __init__(self, change: Change, parts: Parts) -> None:
        self._change, self._parts = change, parts
        self._length = change.length(parts)
        self.can_batch = change.takes_batches and all(part.can_batch for part in parts)
        self.collates = any(part.collates for part in parts) and not change.makes_batches
        self._check_collates()
        is_noticed = not change.hides_draws and any(part.runs_code for part in parts)
        self.runs_code = change.runs_code or is_noticed
        deepest = max(part._augmentation_count for part in parts)
        self._augmentation_count = deepest + change.draws

    @property
    def info(self) -> Mapping[str, Any]:
        return self._change.info(self._parts)

    @property
    def labels(self) -> Mapping[str, Any]:
        labels = self._change.labels(self._parts)
        return super().labels if labels is None else MappingProxyType(labels)

    @property
    def allows_threads(self) -> bool:
        return not self.runs_code and all(part.allows_threads for part in self._parts)

    def __len__(self) -> int:
        return self._length

    def _check_collates(self) -> None:
        if self.collates and (self._change.collates_anew or not self.can_batch):
            raise ConfigError(
                f"{self!r} would make batches without the collate_f of the PackedDataset in it:"
                " give that to the loader instead, DataLoader(…, collate_f=…), or make the change"
                " before, in prepare_f"
            )

    def get(self, index: int) -> Any:
        try:
            return self._change.get(self._parts, index)
        except Exception as error:
            note_sample(error, index, self)
            raise

    def get_batch(self, indices: Indices) -> Batch:
        if not self.can_batch:
            return super().get_batch(indices)
        return self._change.get_batch(self._parts, indices)

    def at(self, seed: int, epoch: int) -> Dataset:
        change, parts = self._change.at(self._parts, seed, epoch)
        are_same = all(new is old for new, old in zip(parts, self._parts, strict=True))
        return self if change is self._change and are_same else _Changed(change, parts)

    def identity(self) -> Any:
        return self._change.identity(self._parts)

    def original(self) -> Identified:
        return self._parts[0].original() if self._change.keeps_data else self

    def __repr__(self) -> str:
        return self._change.describe(self._parts)
