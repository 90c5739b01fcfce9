"""DataLoader: batches whose order and randomness are functions of (seed, epoch, index)."""

import atexit
import signal
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader as TorchDataLoader

from labwork.core import ConfigError, StateError
from labwork.data._batch import Batch, collate
from labwork.data._fetch import Collate, Fetch, Task
from labwork.data._rng import epoch_permutation

__all__ = ["DataLoader"]

_GRACE = 5  # seconds


class DataLoader:
    """Goes over a dataset by batches; where it stands is two numbers.

    The order of an epoch is a function of (seed, epoch), and what is drawn at random for a
    sample one of (seed, epoch, index), so neither depends on workers, on prefetching, or on
    where an earlier process stopped. Iterating goes on from the present position to the end of
    the epoch; then the next epoch begins. ``seek`` moves at once: no sample is read on the way.

    Args:
        dataset: a ``Dataset``, or any object with ``__len__`` and ``__getitem__``.
        batch_size: samples in a batch; the last batch of an epoch may have fewer.
        shuffle: whether each epoch has an order of its own; else samples come as they stand.
        seed: what order and randomness are derived from.
        worker_count: processes that fetch batches ahead; with 0 they are fetched when needed.
        prefetch_count: batches that each worker fetches ahead.
        drop_last: whether to leave out a last batch that isn't full.
        collate_f: makes a batch of a list of samples.
        pin_memory: whether to put batches into pinned memory, for copies to a GPU.

    Raises:
        ConfigError: where ``batch_size`` is below 1 or an epoch would have no batch.

    >>> from labwork.data import ArrayDataset
    >>> loader = DataLoader(ArrayDataset(x=range(5)), batch_size=2)
    >>> [batch.x.tolist() for batch in loader]
    [[0, 1], [2, 3], [4]]
    >>> loader.state_dict()
    {'seed': 0, 'epoch': 1, 'position': 0}
    >>> loader.seek(epoch=1, position=2)
    >>> [batch.x.tolist() for batch in loader]
    [[4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        seed: int = 0,
        worker_count: int = 0,
        prefetch_count: int = 2,
        drop_last: bool = False,
        collate_f: Collate = collate,
        pin_memory: bool = False,
    ) -> None:
        self.dataset, self.batch_size = dataset, batch_size
        self.shuffle, self.seed, self.drop_last = shuffle, seed, drop_last
        self.worker_count, self.prefetch_count = worker_count, prefetch_count
        self.pin_memory = pin_memory
        self.epoch = self.position = 0
        self._fetch = Fetch(dataset, seed, collate_f)
        self._workers: TorchDataLoader[Any] | None = None
        if batch_size < 1 or len(self) == 0:
            raise ConfigError(
                f"an epoch of {len(dataset)} samples in batches of {batch_size} has no batch"
                f"{' (drop_last=True)' if drop_last else ''}"
            )

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        tasks = self._tasks()
        for batch in self._from_workers(tasks) if self.worker_count else self._from_here(tasks):
            self.position += 1
            yield batch
        self.seek(self.epoch + 1)

    def seek(self, epoch: int, position: int = 0) -> None:
        """Moves to the batch number ``position`` of ``epoch``, both counted from 0."""
        self.epoch, self.position = epoch, position

    def close(self) -> None:
        """Ends the workers, if there are any; iterating again starts new ones."""
        iterator = getattr(self._workers, "_iterator", None)
        self._workers = None
        if iterator is not None:
            iterator._shutdown_workers()  # dropping it isn't enough where an iteration goes on

    def state_dict(self) -> dict[str, int]:
        """Where the loader stands: seed, epoch, and batches of the epoch already given out."""
        return {"seed": self.seed, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: Mapping[str, int]) -> None:
        """Goes to where ``state_dict`` was taken.

        Raises:
            StateError: where the seed is another one, so that the order would be another one too.
        """
        if state_dict["seed"] != self.seed:
            raise StateError(f"the loader's seed is {self.seed}, the state's {state_dict['seed']}")
        self.seek(state_dict["epoch"], state_dict["position"])

    def _tasks(self) -> list["Task"]:
        count = len(self.dataset)
        order = (
            epoch_permutation(self.seed, self.epoch, count) if self.shuffle else np.arange(count)
        )
        starts = range(
            self.position * self.batch_size, len(self) * self.batch_size, self.batch_size
        )
        return [Task(self.epoch, order[s : s + self.batch_size]) for s in starts]

    def _from_here(self, tasks: list["Task"]) -> Iterator[Any]:
        for task in tasks:
            batch = self._fetch.in_main_process(task)
            yield batch.pin_memory() if self.pin_memory and isinstance(batch, Batch) else batch

    def _from_workers(self, tasks: list["Task"]) -> Iterator[Any]:
        if self._workers is None:
            atexit.register(_close, weakref.ref(self))  # before multiprocessing kills and waits
            self._workers = TorchDataLoader(
                self._fetch,
                batch_size=None,
                sampler=_Queue(),
                num_workers=self.worker_count,
                prefetch_factor=self.prefetch_count,
                persistent_workers=True,
                collate_fn=_as_it_is,
                pin_memory=self.pin_memory,
                worker_init_fn=_leave_signals_to_main_process,
                generator=torch.Generator(),  # else each epoch would draw from the global one
            )
        sampler = self._workers.sampler
        assert isinstance(sampler, _Queue)
        sampler.tasks = tasks
        yield from self._workers

    def __repr__(self) -> str:
        return f"DataLoader({self.dataset!r}, batch_size={self.batch_size}, shuffle={self.shuffle})"


class _Queue:
    """What PyTorch's loader takes its tasks from, in place of a sampler; set before each epoch."""

    tasks: Sequence[Task] = ()

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)


def _leave_signals_to_main_process(worker: int) -> None:
    """Ctrl-C and many a scheduler signal the whole process group; the main process still needs us.

    While it completes its step, a worker that is told to end lives on for some seconds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(_GRACE))


def _close(loader: "weakref.ref[DataLoader]") -> None:
    if (alive := loader()) is not None:
        alive.close()


def _as_it_is(batch: Any) -> Any:
    return batch
