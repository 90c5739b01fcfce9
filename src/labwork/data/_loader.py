"""DataLoader: batches whose order and randomness are functions of (seed, epoch, index)."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any, Literal, get_args
from warnings import warn

from labwork.core import ConfigError, StateError, check_counts, unknown_name
from labwork.data._batch import collate
from labwork.data._fetch import Collate, Fetch, Task
from labwork.data._place import check_place, reading_state
from labwork.data._samplers import Sampler, Sequential, Shuffled
from labwork.data._tasks import Tasks
from labwork.data._workers import (
    ThreadWorkers,
    WorkerError,
    Workers,
    can_pin,
    pin,
    pinned_ahead,
)

__all__ = ["DataLoader", "WorkerKind"]

WorkerKind = Literal["process", "thread"]


class DataLoader:
    """Goes over a dataset by batches; where it stands is two numbers.

    The order of an epoch is a function of (seed, epoch), and what is drawn at random for a
    sample one of (seed, epoch, index), so neither depends on workers, on prefetching, or on
    where an earlier process stopped. Iterating goes on from the present position to the end of
    the epoch; then the next epoch begins. Left behind the last batch, a loader stands at the end of
    that epoch: iterating gives nothing more of it and moves on. ``seek`` moves at once: no sample
    is read on the way.

    As where it stands is all that there is to a loader, iterating goes on after an iteration that
    was left, by ``break`` or by ``next(iter(loader))``, too. A warning says so, as batches that an
    evaluation needs may be among those before: ``seek(epoch)`` begins the epoch anew.

    Where several processes train together, each has a loader that gives its share of every batch,
    with its ``rank`` and their ``world_size``. The shares are a batch as one process has it, cut
    into parts whose sizes differ by one at most: each sample comes once in an epoch, and all ranks
    make the same number of steps. Where a last batch has fewer samples than there are ranks, some
    get a batch of no samples, with all fields and shapes ``(0, ...)``. Position and state are the
    same on all ranks and for any number of them.

    Args:
        dataset: a ``Dataset``, or any object with ``__len__`` and ``__getitem__``.
        batch_size: samples in a batch, over all ranks together; the last batch of an epoch may
            have fewer.
        shuffle: whether ``sampler`` is used; else samples come as they stand. By default it is
            where a sampler is given.
        sampler: chooses and orders the samples of an epoch; by default ``Shuffled()``.
        seed: what order and randomness are derived from.
        worker_count: processes that fetch batches ahead; with 0 they are fetched when needed.
        worker_kind: ``"process"``, or ``"thread"`` for threads of this process, whose batches need
            not be sent. That is faster where most of the work is done by libraries that let other
            threads run meanwhile, as decoding and resizing images is. The samples are the same. A
            dataset that calls functions of yours needs processes.
        prefetch_count: batches that each worker fetches ahead.
        drop_last: whether to leave out a last batch that isn't full.
        collate_f: makes a batch of a list of samples; see ``collate`` for samples of many sizes.
        pin_memory: whether to put batches into pinned memory, for copies to a GPU; without a GPU
            it does nothing.
        rank: which of the processes that train together this is, from 0.
        world_size: how many processes train together.

    Raises:
        ConfigError: where ``batch_size`` is below 1 or below ``world_size``, an epoch would have
            no batch, or the sampler doesn't fit the dataset.

    >>> from labwork.data import ArrayDataset
    >>> loader = DataLoader(ArrayDataset(x=range(5)), batch_size=2)
    >>> [batch.x.tolist() for batch in loader]
    [[0, 1], [2, 3], [4]]
    >>> loader.state_dict()
    {'seed': 0, 'epoch': 1, 'position': 0}
    >>> loader.seek(epoch=1, position=2)
    >>> [batch.x.tolist() for batch in loader]
    [[4]]
    >>> ranks = [DataLoader(ArrayDataset(x=range(5)), 4, rank=r, world_size=2) for r in (0, 1)]
    >>> [[batch.x.tolist() for batch in loader] for loader in ranks]
    [[[0, 1], []], [[2, 3], [4]]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        *,
        shuffle: bool | None = None,
        sampler: Sampler | None = None,
        seed: int = 0,
        worker_count: int = 0,
        worker_kind: WorkerKind = "process",
        prefetch_count: int = 2,
        drop_last: bool = False,
        collate_f: Collate = collate,
        pin_memory: bool = False,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.dataset, self.batch_size = dataset, batch_size
        self.shuffle = sampler is not None if shuffle is None else shuffle
        self.sampler = (sampler or Shuffled()) if self.shuffle else Sequential()
        self.seed, self.drop_last = seed, drop_last
        self.worker_count, self.prefetch_count = worker_count, prefetch_count
        self.worker_kind = worker_kind
        self.pin_memory, self.rank, self.world_size = pin_memory, rank, world_size
        self.epoch = self.position = 0
        check_counts(self, 0, worker_count=worker_count)
        check_counts(self, prefetch_count=prefetch_count, world_size=world_size)
        _check_kind(worker_kind, dataset)
        self._tasks = Tasks(
            dataset,
            self.sampler,
            batch_size=batch_size,
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            world_size=world_size,
        )
        self._fetch = Fetch(dataset, seed, collate_f)
        self._workers: Workers | ThreadWorkers | None = None
        self._batches: Generator[Any] | None = None
        self._was_left = False  # in the middle of an epoch, by an iteration that was not completed

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self._tasks)

    def __iter__(self) -> Iterator[Any]:
        self._stop_iteration()
        if self._was_left:
            warn(self._where_left(), stacklevel=2)
        batches = self._batches = self._fetched(self._tasks.after(self.epoch, self.position))
        try:
            for batch in batches:
                self.position += 1
                self._was_left = True
                yield batch
                if self._batches is not batches:
                    raise StateError(
                        "the loader was moved, closed or iterated anew in the middle of this"
                        " iteration, which can't go on"
                    )
        except Exception:
            self._was_left = False  # who goes on after an error knows that there was one
            raise
        finally:
            batches.close()
        self.seek(self.epoch + 1)

    def _where_left(self) -> str:
        return (
            f"an earlier iteration was left at batch {self.position} of {len(self)}, as by break or"
            " next(iter(loader)), and this one goes on there: the batches before aren't given"
            f" again; loader.seek({self.epoch}) begins the epoch anew, and"
            f" loader.seek({self.epoch}, {self.position}) tells that going on is meant"
        )

    def seek(self, epoch: int, position: int = 0) -> None:
        """Moves to the batch number ``position`` of ``epoch``, both counted from 0.

        Raises:
            ConfigError: where an epoch has no such place; its end, ``len(self)``, is one.
        """
        check_place(epoch, position, len(self))
        self._stop_iteration()
        self.epoch, self.position = epoch, position
        self._was_left = False

    def close(self) -> None:
        """Ends the workers, if there are any; iterating again starts new ones."""
        if self._workers is not None:
            self._stop_iteration()
            self._workers.close()
            self._workers = None

    def state_dict(self) -> dict[str, int]:
        """Where the loader stands: seed, epoch, and batches of the epoch already given out."""
        return {"seed": self.seed, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: Mapping[str, int]) -> None:
        """Goes to where ``state_dict`` was taken.

        Raises:
            StateError: where the seed is another one, so that the order would be another one too,
                or there is no such place.
        """
        with reading_state(state_dict, "seed", "epoch", "position"):
            seed = state_dict["seed"]
            if seed != self.seed:
                raise StateError(f"the loader's seed is {self.seed}, the state's {seed}")
            self.seek(state_dict["epoch"], state_dict["position"])

    def _stop_iteration(self) -> None:
        if self._batches is not None:
            self._batches.close()
            self._batches = None

    def _fetched(self, tasks: Iterator[Task]) -> Generator[Any]:
        pins = self.pin_memory and can_pin()
        if not self.worker_count:
            here = map(self._fetch.in_main_process, tasks)
            yield from map(pin, here) if pins else here
            return
        if self._workers is None:
            make = Workers if self.worker_kind == "process" else ThreadWorkers
            self._workers = make(self._fetch, self.worker_count, self.prefetch_count)
        batches = self._workers.results(tasks)
        try:
            yield from pinned_ahead(batches) if pins else batches
        except WorkerError:
            self._workers.close()
            self._workers = None
            raise

    def __repr__(self) -> str:
        order = f"sampler={self.sampler!r}" if self.shuffle else "shuffle=False"
        return f"DataLoader({self.dataset!r}, batch_size={self.batch_size}, {order})"


def _check_kind(kind: WorkerKind, dataset: Any) -> None:
    if kind not in get_args(WorkerKind):
        raise unknown_name("kind of workers", kind, get_args(WorkerKind), "worker_kind")
    if kind == "thread" and not getattr(dataset, "allows_threads", False):
        raise ConfigError(
            f"worker_kind='thread' doesn't fit {dataset!r}: it calls functions that might draw from"
            " the global generators, which threads share; use worker_kind='process'"
        )
