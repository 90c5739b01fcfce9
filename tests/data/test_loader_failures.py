"""What is told when a worker fails or dies, and what is left when the main process does."""

import ctypes
import faulthandler
import gc
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import get_worker_info

from labwork.core import LabworkError, StateError
from labwork.data import (
    ArrayDataset,
    DataLoader,
    FunctionDataset,
    Record,
    WorkerError,
    collate,
)

COUNT, FATAL = 20, 9


def die_by(number: int) -> Callable[[], Any]:
    return lambda: os.kill(os.getpid(), number)


DEATHS: dict[str, tuple[Callable[[], Any], int, str]] = {
    "out of memory": (die_by(signal.SIGKILL), -signal.SIGKILL, "SIGKILL .* out of memory"),
    "full shared memory": (
        die_by(signal.SIGBUS),
        -signal.SIGBUS,
        "SIGBUS .* shared memory is full",
    ),
    "segfault": (lambda: ctypes.string_at(0), -signal.SIGSEGV, "SIGSEGV .* native code"),
    "abort": (os.abort, -signal.SIGABRT, "SIGABRT .* native code"),
    "another signal": (die_by(signal.SIGUSR1), -signal.SIGUSR1, "SIGUSR1 .* asked it to end"),
    "os._exit": (partial(os._exit, 3), 3, "ended with exit code 3 .* ended the process"),
    "sys.exit": (partial(sys.exit, 4), 4, "ended with exit code 4"),
}


class Deadly:
    """Ends its process at one sample; others may take forever."""

    def __init__(self, die: Callable[[], Any], blocking: tuple[int, ...] = ()) -> None:
        self._die, self._blocking = die, blocking

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Any:
        if get_worker_info() is not None and index == FATAL:
            faulthandler.disable()  # pytest's would print every thread's stack
            self._die()
        while get_worker_info() is not None and index in self._blocking:
            time.sleep(0.1)
        return torch.full((100_000,), index)  # too large to be copied

    def __repr__(self) -> str:
        return "Deadly().changed()"


def told(error: BaseException) -> str:
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


@pytest.mark.parametrize(("die", "code", "cause"), DEATHS.values(), ids=DEATHS)
@pytest.mark.parametrize("workers", [1, 2])
def test_death_of_a_worker_tells_how_where_and_why(die, code, cause, workers):
    loader = DataLoader(Deadly(die), 2, worker_count=workers)
    with pytest.raises(WorkerError, match=cause) as caught:
        list(loader)
    assert caught.value.exit_code == code
    assert caught.value.indices == (8, 9)
    message = str(caught.value)
    number = 4 % workers
    assert re.match(rf"worker {number} of {workers} \(process \d+\) ", message)
    assert "batch 4 of epoch 0, samples 8, 9 of Deadly().changed(); " in message
    assert "\n" not in message
    assert isinstance(caught.value, LabworkError)
    assert loader.position <= 4
    assert multiprocessing.active_children() == []


def test_death_is_told_while_others_block():
    dataset = Deadly(die_by(signal.SIGKILL), blocking=(0,))
    with pytest.raises(WorkerError, match=r"worker 1 of 2 .*SIGKILL") as caught:
        list(DataLoader(dataset, 1, worker_count=2, prefetch_count=5))
    assert caught.value.indices == (9,)


@pytest.fixture
def _pinning(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were a GPU; what is pinned is a matter of the batch's own."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 3)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: DEVICES.append(device))


DEVICES: list[int] = []


class Pinnable:
    def __init__(self, samples: list[Any]) -> None:
        self.samples, self.thread = samples, ""

    def pin_memory(self) -> "Pinnable":
        self.thread = threading.current_thread().name
        return self


@pytest.mark.usefixtures("_pinning")
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_batches_are_pinned_in_order_and_aside_where_there_are_workers(workers):
    threads = set(threading.enumerate())
    data = ArrayDataset(x=range(COUNT))
    loader = DataLoader(data, 2, worker_count=workers, collate_f=Pinnable, pin_memory=True)
    for _ in range(2):
        batches = list(loader)
        assert [int(r.x) for b in batches for r in b.samples] == list(range(COUNT))
        assert all(b.thread.startswith("labwork-pin" if workers else "Main") for b in batches)
    for batch in loader:
        assert batch.thread
        break
    loader.close()
    assert loader.state_dict() == {"seed": 0, "epoch": 2, "position": 1}
    assert set(threading.enumerate()) == threads
    assert set(DEVICES) <= {3}


@pytest.mark.usefixtures("_pinning")
def test_death_is_told_while_batches_are_pinned():
    dataset = Deadly(die_by(signal.SIGKILL))
    loader = DataLoader(dataset, 2, worker_count=2, collate_f=Pinnable, pin_memory=True)
    with pytest.raises(WorkerError, match="SIGKILL") as caught:
        list(loader)
    assert caught.value.indices == (8, 9)


def test_without_a_device_nothing_is_pinned():
    loader = DataLoader(ArrayDataset(x=range(3)), 2, pin_memory=True)
    assert [batch.x.is_pinned() for batch in loader] == [False, False]


@pytest.mark.parametrize("when", ["busy", "idle"])
def test_after_a_death_the_loader_goes_on_with_new_workers(when):
    data = ArrayDataset(x=range(COUNT))
    loader = DataLoader(data, 2, shuffle=True, worker_count=2)
    expected = [batch.x.tolist() for batch in DataLoader(data, 2, shuffle=True)]
    seen = []
    with pytest.raises(WorkerError, match="SIGKILL"):  # noqa: PT012
        for batch in loader:
            seen.append(batch.x.tolist())
            if when == "idle":
                time.sleep(0.3)
            if len(seen) == 3:
                for process in multiprocessing.active_children():
                    process.kill()
                    process.join()
    assert len(seen) == loader.position < len(loader)
    assert seen + [batch.x.tolist() for batch in loader] == expected
    loader.close()


def test_stopped_main_process_is_not_told_of_deaths_elsewhere():
    """No error is raised in the middle of a step; the loader tells it when it is asked."""
    loader = DataLoader(ArrayDataset(x=range(COUNT)), 2, worker_count=1)
    batches = iter(loader)
    next(batches)
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    time.sleep(0.1)
    sum(range(100_000))  # a step
    with pytest.raises(WorkerError, match="SIGKILL"):
        list(batches)


class OddError(Exception):
    """Can't be sent to another process."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")
        self.held = lambda: one


def lazy(fails: Callable[[], Any]) -> Callable[[int], Record]:
    return lambda i: Record(index=i, image_=lambda: fails() if i == FATAL else torch.zeros(2))


def raises(error: Exception) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


ERRORS: dict[str, tuple[Exception, type[Exception]]] = {
    "of Python": (ZeroDivisionError("a pixel"), ZeroDivisionError),
    "of the system": (FileNotFoundError(2, "a pixel", "cat.png"), FileNotFoundError),
    "that quotes": (KeyError("a pixel"), KeyError),
    "that ends iterations": (StopIteration("a pixel"), RuntimeError),
    "that can't be sent": (OddError(1, 2), RuntimeError),
    "of ours": (StateError("a pixel"), StateError),
}


@pytest.mark.parametrize(("error", "kind"), ERRORS.values(), ids=ERRORS)
def test_error_in_a_worker_arrives_as_it_is_with_field_sample_chain_and_place(error, kind):
    dataset = FunctionDataset(lazy(raises(error)), COUNT).map(lambda r: r)[:15]
    loader = DataLoader(dataset, 2, worker_count=1)
    with pytest.raises(kind) as caught:
        list(loader)
    loader.close()
    text = told(caught.value)
    assert "1 and 2" in text if isinstance(error, OddError) else "a pixel" in text
    assert "in field 'image'" in text
    assert f" sample {FATAL} of {dataset!r}" in text
    assert f"in the batch of samples [8, 9] of {dataset!r}" in text
    assert "in a worker:" in str(caught.value.__cause__)
    assert "in fail" in str(caught.value.__cause__)


def unsendable(i: int) -> Any:
    return (lambda: i) if i > 1 else i


UNSENDABLE: dict[str, tuple[Callable[[int], Any], str, str]] = {
    "field": (lambda i: Record(index=i, f=unsendable(i)), "field 'f' of sample 2", "function"),
    "in a dict": (lambda i: (i, {"f": unsendable(i)}), "field '1.f' of sample 2", "function"),
    "in a list": (lambda i: Record(f=[0, unsendable(i), 1]), "field 'f.1' of sample 2", "function"),
    "whole": (lambda i: threading.Lock() if i > 1 else i, "sample 2", "lock"),
    "tensor": (
        lambda i: (2 * torch.ones(2, requires_grad=i > 1), i),
        "field '0' of the batch of samples [2, 3]",
        "Tensor",
    ),
}


@pytest.mark.parametrize(("make", "place", "kind"), UNSENDABLE.values(), ids=UNSENDABLE)
def test_batch_that_cant_be_sent_names_field_sample_chain_and_the_way_out(make, place, kind):
    dataset = FunctionDataset(make, 4).map(lambda sample: sample)
    loader = DataLoader(dataset, 2, worker_count=1)
    batches = iter(loader)
    next(batches)
    with pytest.raises(TypeError) as caught:
        next(batches)
    loader.close()
    start = f"{place} of {dataset!r} can't be sent from a worker process: its type is {kind}, and "
    assert str(caught.value).startswith(start)
    assert "worker_count=0" in str(caught.value)


@pytest.mark.parametrize("workers", [0, 1])
def test_ragged_fields_are_told_with_sizes_samples_and_the_way_out(workers):
    dataset = FunctionDataset(lambda i: Record(image=torch.zeros(3, 2 + i // 5)), COUNT)
    loader = DataLoader(dataset, 2, worker_count=workers)
    with pytest.raises(ValueError, match="field 'image' can't be stacked") as caught:
        list(loader)
    loader.close()
    text = told(caught.value)
    assert "Tensor(3, 2) torch.float32 at 0, Tensor(3, 3) torch.float32 at 1" in text
    assert "collate_f=partial(collate, ragged=['image'])" in text
    assert "partial(collate, pad={'image': 0})" in text
    assert f"in the batch of samples [4, 5] of {dataset!r}" in text
    for options in ({"ragged": ["image"]}, {"pad": {"image": 0}}):
        again = DataLoader(dataset, 2, collate_f=partial(collate, **options), worker_count=workers)
        assert len(list(again)) == COUNT // 2
        again.close()


@pytest.mark.parametrize("end", ["seek", "close", "iterate"])
@pytest.mark.parametrize("workers", [0, 1])
def test_iteration_that_was_overtaken_is_refused(end, workers):
    loader = DataLoader(ArrayDataset(x=range(COUNT)), 2, worker_count=workers)
    batches = iter(loader)
    assert next(batches).x.tolist() == [0, 1]
    actions = {"seek": lambda: loader.seek(3), "close": loader.close}
    actions["iterate"] = lambda: next(iter(loader))
    with pytest.warns(UserWarning, match="left at batch 1") if end == "iterate" else nullcontext():
        actions[end]()
    if end == "close" and workers == 0:  # there was nothing to close
        assert next(batches).x.tolist() == [2, 3]
        return
    state = loader.state_dict()
    with pytest.raises(StateError, match="moved, closed or iterated anew"):
        next(batches)
    assert loader.state_dict() == state
    loader.close()


def test_dropped_loader_ends_its_workers():
    loader = DataLoader(ArrayDataset(x=range(COUNT)), 2, worker_count=2)
    next(iter(loader))
    assert len(multiprocessing.active_children()) == 2
    del loader
    gc.collect()
    assert multiprocessing.active_children() == []


def test_datasets_know_in_which_worker_they_are():
    def who(index: int) -> Record:
        info = get_worker_info()
        return Record(worker=info.id, count=info.num_workers)

    loader = DataLoader(FunctionDataset(who, 4), worker_count=2)
    assert [(int(b.worker), int(b.count)) for b in loader] == [(0, 2), (1, 2)] * 2
    loader.close()
    assert get_worker_info() is None


MAIN = """
import multiprocessing, os, sys, time, torch
from labwork.data import DataLoader, FunctionDataset, Record

def sample(index):
    if {block!r} == "fetching" and index > 3:
        time.sleep(1000)
    text = "x" * 10**6 if {block!r} == "sending" else ""
    return Record(image=torch.zeros(10**5), text=text)

loader = DataLoader(FunctionDataset(sample, 1000), 2, worker_count=2, prefetch_count=4)
for step, batch in enumerate(loader):
    print(*[p.pid for p in multiprocessing.active_children()], flush=True)
    time.sleep({pause})
"""


@pytest.mark.parametrize(
    ("block", "pause"),
    [
        ("fetching", 0),
        *(
            pytest.param(b, p, marks=pytest.mark.slow)
            for b, p in (("nothing", 0), ("sending", 999))
        ),
    ],
)
def test_killed_main_process_leaves_no_workers_and_no_shared_memory(block, pause):
    script = MAIN.format(block=block, pause=pause)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as main:
        assert main.stdout is not None
        workers = [int(pid) for pid in main.stdout.readline().split()]
        assert len(workers) == 2
        time.sleep(0.5)
        main.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in workers))
    left = {file.name for file in Path("/dev/shm").iterdir()}
    pids = "|".join(map(str, [main.pid, *workers]))
    assert [name for name in left if re.search(rf"_({pids})_", name)] == []


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """A zombie isn't: its parent, whoever adopted it, has only not looked yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
