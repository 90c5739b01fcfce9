"""One sample of a dataset, computed when it is needed, and always with the same result."""

from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from time import monotonic
from typing import Any

import numpy as np
from torch import Tensor

from labwork.data._caches._watch import filling_since
from labwork.data._rng import sample_keys, seeded_globally

__all__ = ["Source", "copied"]

_STREAM = 2**33 + 3  # a stream of random numbers that no augmentation uses
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Source:
    """The sample at ``index``.

    What its functions draw from global generators depends on the index alone, and those who draw
    later see nothing of it: what a run does can't depend on whether a cache was full. What is kept
    here gets into no cache on the disk, as what makes it may have changed meanwhile.
    """

    def __init__(self, dataset: Any, index: int) -> None:
        self._dataset, self.index = dataset, index
        self._kept: tuple[Any, float] | None = None

    def at(self, index: int) -> "Source":
        """Another sample of the same dataset."""
        return self if index == self.index else Source(self._dataset, index)

    @property
    def sample(self) -> Any:
        """The sample, its lazy fields not computed."""
        if not self._kept or self._kept[1] < filling_since():
            now = monotonic()
            with self._seeds():
                self._kept = self._dataset.get(self.index), now
        return self._kept[0]

    def field(self, name: str) -> Any:
        """One field of it, computed."""
        sample = self.sample
        if not sample.is_lazy(name):
            return sample[name]
        with self._seeds():
            return sample[name]

    def _seeds(self) -> AbstractContextManager[None]:
        if not self._dataset.runs_code:
            return nullcontext()
        return seeded_globally(int(sample_keys(0, 0, self.index, stream=_STREAM)[()]))


def copied(value: Any) -> Any:
    """A copy, so that nobody can change what a cache holds."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Tensor):
        return value.detach().clone()
    return value.copy() if isinstance(value, np.ndarray) else deepcopy(value)
