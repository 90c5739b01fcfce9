"""How many samples are read when training goes on in the middle of an epoch."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from time import perf_counter

import torch
from torch import Tensor
from torch.utils.data import DataLoader as TorchDataLoader
from torch.utils.data import Dataset as TorchDataset

from labwork.data import DataLoader

from ._table import Column, Table

__all__ = ["run"]

_SAMPLES, _BATCH_SIZE, _DONE = 10_000, 32, 250

_COLUMNS = (
    Column("loader", "resuming"),
    Column("used", "samples used", "d"),
    Column("read", "samples read", "d"),
    Column("ratio", "read / used", ".2f"),
    Column("milliseconds", "ms to the first batch", ".1f"),
)


class _Counting(TorchDataset[Tensor]):
    """A dataset that counts how often its samples are read, in worker processes too."""

    def __init__(self) -> None:
        # A cell a sample: workers that add to one cell would overwrite each other's sums.
        self.counts = torch.zeros(_SAMPLES, dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return _SAMPLES

    def __getitem__(self, index: int) -> Tensor:
        self.counts[index] += 1
        return torch.full((64,), index)


def run(quick: bool) -> Table:
    """Leaves an epoch after 250 of its 313 batches and goes on in a new loader.

    Args:
        quick: without worker processes.
    """
    table = Table("resume", "Resuming in the middle of an epoch", _COLUMNS)
    table.rows.append(_row("PyTorch's DataLoader, skipping batches", _skip_with_torch))
    for count in (0,) if quick else (0, 2):
        resume = partial(_resume_with_labwork, worker_count=count)
        table.rows.append(_row(f"Labwork's DataLoader, {count} workers", resume))
    table.notes.append(
        f"{_SAMPLES} samples, batches of {_BATCH_SIZE}, stopped after batch {_DONE}. "
        "The first batch includes the start of the workers."
    )
    return table


def _row(name: str, resume: Callable[[_Counting], Iterator[Tensor]]) -> tuple[object, ...]:
    data = _Counting()
    batches = resume(data)
    start = perf_counter()
    used = len(next(batches))
    seconds = perf_counter() - start
    used += sum(map(len, batches))
    read = int(data.counts.sum())
    return name, used, read, read / used, 1e3 * seconds


def _skip_with_torch(data: _Counting) -> Iterator[Tensor]:
    loader: TorchDataLoader[Tensor] = TorchDataLoader(data, _BATCH_SIZE, shuffle=True)
    return islice(loader, _DONE, None)


def _resume_with_labwork(data: _Counting, worker_count: int) -> Iterator[Tensor]:
    stopped = _labwork_loader(_Counting(), worker_count)
    for _ in islice(stopped, _DONE):
        pass
    resumed = _labwork_loader(data, worker_count)
    resumed.load_state_dict(stopped.state_dict())
    return iter(resumed)


def _labwork_loader(data: _Counting, worker_count: int) -> DataLoader:
    return DataLoader(data, _BATCH_SIZE, shuffle=True, worker_count=worker_count)
