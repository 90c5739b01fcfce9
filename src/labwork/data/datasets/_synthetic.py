"""What synthetic datasets have in common: each sample is a function of (seed, subset, index)."""

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._indexing import Indices
from labwork.data._record import Record
from labwork.data._rng import SampleRng, sample_keys
from labwork.data.datasets._subsets import check_positive, check_subset, described

__all__ = ["SyntheticDataset"]

_STREAM = 2**34  # a stream of random numbers that no augmentation uses, and the next ones


class SyntheticDataset(Dataset):
    """Samples that are drawn when they are fetched, always the same ones.

    Args:
        subset: one of ``subsets``, each of which has samples of its own.
        length: how many samples there are.
        seed: another seed gives another dataset.
        info: facts about the data.
        options: further arguments, for its repr.

    Raises:
        ConfigError: where the subset isn't known or the length isn't a positive integer.
    """

    can_batch = True
    runs_code = False
    subsets: ClassVar[tuple[str, ...]] = ("train", "val", "test")

    def __init__(
        self,
        subset: str,
        length: int,
        seed: int,
        info: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> None:
        name = type(self).__name__
        check_subset(subset, self.subsets or ("",), name)
        check_positive(length, f"{name}: the length")
        self._stream = _STREAM + 1 + (self.subsets or ("",)).index(subset)
        self._length, self._seed, self._info = length, seed, dict(info)
        self._description = described(name, subset, **options, length=length, seed=seed)

    @property
    def info(self) -> Mapping[str, Any]:
        """``class_count``, ``class_names``, ``task`` and ``ignore_label``, where there are any."""
        return MappingProxyType(self._info)

    def __len__(self) -> int:
        return self._length

    @abstractmethod
    def draw(self, indices: Indices, rng: SampleRng) -> Batch:
        """The samples at ``indices``, shape (N,), with random numbers for each of them."""

    def get(self, index: int) -> Record:
        """The sample at ``index``."""
        batch = self.get_batch(np.array([index]))
        return Record({name: value[0] for name, value in batch.items()})

    def get_batch(self, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,)."""
        return self.draw(indices, SampleRng(sample_keys(self._seed, 0, indices, self._stream)))

    def shared_rng(self, count: int) -> SampleRng:
        """Random numbers for ``count`` things that all subsets share, such as classes."""
        return SampleRng(sample_keys(self._seed, 0, range(count), _STREAM))

    def _labels_in_turn(self, class_count: int) -> Mapping[str, NDArray[Any]]:
        return {"label": np.arange(self._length) % class_count}

    def identity(self) -> Any:
        return self._description

    def __repr__(self) -> str:
        return self._description
