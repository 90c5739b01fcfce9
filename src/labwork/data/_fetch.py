"""Fetching a batch, here or in a worker."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset as TorchDataset

from labwork.data._batch import Batch
from labwork.data._dataset import Dataset
from labwork.data._record import Record
from labwork.data._rng import sample_keys, seed_globally, seeded_globally

__all__ = ["Collate", "Fetch", "Task"]

Collate = Callable[[Sequence[Any]], Any]


class Task(NamedTuple):
    """A batch to fetch."""

    epoch: int
    indices: NDArray[np.int64]


class Fetch(TorchDataset[Any]):
    """Fetches a batch, here or in a worker, as a function of (seed, epoch, indices) alone."""

    def __init__(self, dataset: Any, seed: int, collate_f: Collate) -> None:
        self._dataset, self._seed, self._collate = dataset, seed, collate_f
        self._runs_code = not isinstance(dataset, Dataset) or dataset.runs_code
        self._epoch: int | None = None
        self._view = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def in_main_process(self, task: Task) -> Any:
        """Fetches a batch and leaves the global generators as they were."""
        if not self._runs_code:
            return self._get(task)
        with seeded_globally(0):
            return self[task]

    def __getitem__(self, task: Task) -> Any:
        """Fetches a batch in a worker, whose global generators nobody else uses."""
        return self._get(task)

    def _get(self, task: Task) -> Any:
        if task.epoch != self._epoch:
            at = getattr(self._dataset, "at", None)
            self._view = at(self._seed, task.epoch) if at else self._dataset
            self._epoch = task.epoch
        try:
            if getattr(self._view, "can_batch", True) and hasattr(self._view, "__getitems__"):
                return self._get_together(task)
            return self._collate(self._get_one_by_one(task))
        except Exception as error:
            error.add_note(f"in the batch of samples {task.indices.tolist()} of {self._dataset!r}")
            raise

    def _get_together(self, task: Task) -> Any:
        if self._runs_code:
            seed_globally(int(sample_keys(self._seed, task.epoch, int(task.indices[0]))[()]))
        samples = self._view.__getitems__(task.indices)
        # Lazy fields are computed here, where the random numbers depend on the sample alone.
        return samples.evaluate() if isinstance(samples, Batch) else self._collate(samples)

    def _get_one_by_one(self, task: Task) -> list[Any]:
        keys = sample_keys(self._seed, task.epoch, task.indices).tolist()
        samples = []
        for index, key in zip(task.indices.tolist(), keys, strict=True):
            if self._runs_code:
                seed_globally(key)
            samples.append(self._get_one(index))
        return samples

    def _get_one(self, index: int) -> Any:
        try:
            sample = self._view[index]
            return sample.evaluate() if isinstance(sample, Record) else sample
        except Exception as error:
            error.add_note(f"while getting sample {index} of {self._dataset!r}")
            raise
