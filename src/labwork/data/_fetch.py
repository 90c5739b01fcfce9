"""Fetching a batch, here or in a worker."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labwork.data._batch import Batch, collate, emptied
from labwork.data._dataset import Dataset
from labwork.data._record import Record
from labwork.data._rng import one_thread, sample_keys, seed_globally, seeded_globally

__all__ = ["Collate", "Fetch", "Task", "retold"]

Collate = Callable[[Sequence[Any]], Any]


class Task(NamedTuple):
    """A batch to fetch: number ``position`` of ``epoch``, or one of no samples in its place."""

    epoch: int
    position: int
    indices: NDArray[np.int64]
    is_empty: bool = False  # then ``indices`` has a sample that shows what the fields are


def retold(error: Exception) -> RuntimeError:
    """An error of a plain kind that says the same."""
    told = RuntimeError(f"{type(error).__qualname__}: {error}")
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    return told


class Fetch:
    """Fetches a batch, here or in a worker, as a function of (seed, epoch, indices) alone."""

    def __init__(self, dataset: Any, seed: int, collate_f: Collate) -> None:
        self.dataset = dataset
        self._seed, self._collate = seed, collate_f
        self._runs_code = not isinstance(dataset, Dataset) or dataset.runs_code
        self._epoch: int | None = None
        self._view = dataset
        self._is_together = self._fetches_together()

    def in_main_process(self, task: Task) -> Any:
        """Fetches a batch and leaves the global generators as they were."""
        with self._surroundings():
            return self(task)

    def _surroundings(self) -> AbstractContextManager[None]:
        if self._runs_code:
            return seeded_globally(0)
        return one_thread() if self.dataset._augmentation_count else nullcontext()

    def __call__(self, task: Task) -> Any:
        """Fetches a batch in a worker, whose global generators nobody else uses."""
        if task.epoch != self._epoch:
            at = getattr(self.dataset, "at", None)
            self._view = at(self._seed, task.epoch) if at else self.dataset
            self._epoch = task.epoch
        try:
            batch = self._get_together(task) if self._is_together else self._get_one_by_one(task)
        except Exception as error:
            if self._is_together:
                self._note_culprit(error, task)
            error.add_note(f"in the batch of samples {task.indices.tolist()} of {self.dataset!r}")
            if isinstance(error, StopIteration):  # it would end the epoch instead of being told
                raise retold(error) from error
            raise
        return emptied(batch) if task.is_empty else batch

    def _fetches_together(self) -> bool:
        """A collate function of the user's own is given samples, so these are fetched alone."""
        if isinstance(self.dataset, Dataset):
            return self.dataset.can_batch and self._collate is collate
        return hasattr(self.dataset, "__getitems__")

    def _get_together(self, task: Task) -> Any:
        if self._runs_code:
            seed_globally(int(sample_keys(self._seed, task.epoch, int(task.indices[0]))[()]))
        samples = self._view.__getitems__(task.indices)
        # Lazy fields are computed here, where the random numbers depend on the sample alone.
        return samples.evaluate() if isinstance(samples, Batch) else self._collate(samples)

    def _note_culprit(self, error: Exception, task: Task) -> None:
        """Of samples that were fetched together, finds the one that fails on its own, too."""
        for index in task.indices.tolist():
            try:
                self._get_together(task._replace(indices=np.array([index])))
            except Exception as alone:  # noqa: BLE001 - the first error is what is raised
                if type(alone) is type(error):
                    self._note_sample(error, index)
                return

    def _note_sample(self, error: Exception, index: int) -> None:
        place = f"sample {index} of {self.dataset!r}"
        if not any(place in note for note in getattr(error, "__notes__", ())):
            error.add_note(f"while getting {place}")

    def _get_one_by_one(self, task: Task) -> Any:
        keys = sample_keys(self._seed, task.epoch, task.indices).tolist()
        samples = []
        for index, key in zip(task.indices.tolist(), keys, strict=True):
            if self._runs_code:
                seed_globally(key)
            samples.append(self._get_one(index))
        return self._collate(samples)

    def _get_one(self, index: int) -> Any:
        try:
            sample = self._view[index]
            return sample.evaluate() if isinstance(sample, Record) else sample
        except Exception as error:
            self._note_sample(error, index)
            raise
