"""Nothing grows over epochs: no memory, no open files, no processes, no threads."""

import gc
import multiprocessing
import os
import threading
from functools import partial
from pathlib import Path

import pytest
import torch

from labwork.data import DataLoader, FunctionDataset, Record, ZipLoader, collate

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")

# In a worker, PyTorch's cache of shared storages is full after 128 batches.
WARM_UP, EPOCHS = 60, 60
MOST = 16 * 2**20  # bytes; a batch of each epoch would be 60 MB


def sample(index: int) -> Record:
    return Record(image=torch.zeros(1, 256, 256 + index % 2), text="some text" * 10)


def make(workers: int) -> DataLoader:
    collate_f = partial(collate, pad={"image": 0.0})
    data = FunctionDataset(sample, 24)
    return DataLoader(data, 4, shuffle=True, worker_count=workers, collate_f=collate_f)


def walk(loader: DataLoader | ZipLoader, epochs: int) -> None:
    """Whole epochs, epochs that are left in the middle, and errors by turns."""
    for epoch in range(epochs):
        for step, _ in enumerate(loader):
            if epoch % 3 == 1 and step == 2:
                break
        loader.seek(loader.epoch + 1)


def used() -> dict[str, int]:
    gc.collect()
    processes = [os.getpid(), *(p.pid or 0 for p in multiprocessing.active_children())]
    pages = [Path(f"/proc/{p}/statm").read_text().split()[1] for p in processes]
    return {
        "memory": sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE"),
        "files": sum(len(list(Path(f"/proc/{p}/fd").iterdir())) for p in processes),
        "threads": len(threading.enumerate()),
        "processes": len(processes),
    }


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("zipped", [False, True])
def test_nothing_grows_over_epochs(workers, zipped):
    loader = ZipLoader([make(workers), make(workers)]) if zipped else make(workers)
    walk(loader, WARM_UP)
    before = used()
    walk(loader, EPOCHS)
    after = used()
    loader.close()
    assert after.pop("memory") - before.pop("memory") < MOST
    assert after.pop("files") - before.pop("files") <= 4  # batches that are under way
    assert after == before


@pytest.mark.slow
def test_nothing_grows_over_loaders():
    for _ in range(5):
        walk(make(1), 1)
    before = used()
    for _ in range(EPOCHS // 2):
        walk(make(1), 1)
    after = used()
    assert after.pop("memory") - before.pop("memory") < MOST
    assert after == before
