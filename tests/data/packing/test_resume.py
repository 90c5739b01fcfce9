"""Packing that was stopped goes on, and gives what it would have given, to the last byte."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from labwork.core import ConfigError, LabworkError, RunError
from labwork.data import ArrayDataset, FunctionDataset, PackedDataset, Record, pack
from labwork.data._packing import _block, _pack, _spool

PROGRAM = """
import os, sys, time
import torch
from labwork.data import FunctionDataset, Record, pack
from labwork.data._packing import _block, _spool

workers, path = int(sys.argv[1]), sys.argv[2]
_spool._SECONDS, _block._SAMPLES = 0, 3

def sample(i):
    time.sleep(float(os.environ["PAUSE"]))  # what a function holds would be a part of what it is
    return Record(x=torch.arange(100 + i), label=i, text="a" * i)

pack(FunctionDataset(sample, 60), path, dtypes={"x": "vint64"}, shards=3, worker_count=workers)
"""


def sample(i: int) -> Record:
    return Record(x=torch.arange(100 + i), label=i, text="a" * i)


def start(pause: float, workers: int, path: Path) -> subprocess.Popen:
    words = [sys.executable, "-c", PROGRAM, str(workers), str(path)]
    environment = {**os.environ, "PAUSE": str(pause)}
    return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)


def position(path: Path) -> int:
    state = path.with_name(f".{path.name}.unfinished") / "state.json"
    return json.loads(state.read_text())["state"]["position"] if state.exists() else 0


def wait_for(condition: object, process: subprocess.Popen | None = None) -> None:
    for _ in range(3000):
        if condition() or (process is not None and process.poll() is not None):  # type: ignore[operator]
            return
        time.sleep(0.01)
    pytest.fail("it takes too long")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The shards of a packing that nobody stopped."""
    monkeypatch.setattr(_block, "_SAMPLES", 3)
    return contents(whole(tmp_path / "whole.npz"))


def whole(path: Path, **options: object) -> PackedDataset:
    dataset = FunctionDataset(sample, 60)
    arguments = {"dtypes": {"x": "vint64"}, "shards": 3, "worker_count": 0, **options}
    return pack(dataset, path, **arguments)


def contents(packed: PackedDataset) -> list[bytes]:
    return [path.read_bytes() for path in packed.paths]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("workers", [0, 2])
def test_killed_and_started_again(workers: int, tmp_path: Path, expected: list[bytes]):
    path = tmp_path / "a.npz"
    for goal in (9, 30):
        with start(0.02, workers, path) as process:
            wait_for(lambda goal=goal: position(path) >= goal, process)
            assert process.poll() is None
            helpers = children(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        wait_for(lambda helpers=helpers: not any(Path(f"/proc/{h}").exists() for h in helpers))
        assert len(helpers) == workers
        assert not path.exists()
    assert 30 <= position(path) < 60
    with start(0, workers, path) as process:
        assert process.wait(30) == 0
    assert contents(PackedDataset(path, verify=True)) == expected
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_a_dead_worker_is_told(tmp_path: Path):
    path = tmp_path / "a.npz"
    with start(0.02, 2, path) as process:
        wait_for(lambda: position(path) >= 3, process)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "a process that packs was killed" in told.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_memory_is_bounded(workers: int, tmp_path: Path):
    """256 MB pass through, and little of it is in memory at any time."""
    program = """
import resource, sys
import torch
from labwork.data import FunctionDataset, Record, pack

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

pack(FunctionDataset(lambda i: Record(x=torch.zeros(2**18)), 4), sys.argv[2], worker_count=0)
before = peak()
dataset = FunctionDataset(lambda i: Record(x=torch.full((2**18,), float(i))), 256)
pack(dataset, sys.argv[3], shards=2, worker_count=int(sys.argv[1]))
print(peak() - before)
"""
    words = [str(workers), str(tmp_path / "few.npz"), str(tmp_path / "many.npz")]
    run = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    assert int(run.stdout) < 64, run.stderr


class Stop(Exception):  # noqa: N818
    """Stands for whatever ends a process."""


@pytest.mark.parametrize("at", range(1, 8))
def test_stopped_anywhere(
    at: int, tmp_path: Path, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    """At any commit, and before and after any shard is moved into place."""
    events = [0]

    def count() -> None:
        events[0] += 1
        if events[0] == at:
            raise Stop

    def stopping(function: object) -> object:
        def call(*arguments: object) -> object:
            count()
            result = function(*arguments)  # type: ignore[operator]
            count()
            return result

        return call

    path = tmp_path / "a.npz"
    with monkeypatch.context() as patch:
        patch.setattr(_pack, "write_shard", stopping(_pack.write_shard))
        patch.setattr(_pack.shutil, "rmtree", stopping(_pack.shutil.rmtree))
        with pytest.raises(Stop):
            whole(path)
    assert contents(whole(path)) == expected


def test_what_was_not_committed_is_cut_off(
    tmp_path: Path, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "a.npz"
    monkeypatch.setattr(_spool, "_SECONDS", 0)

    def stop(done: int, total: int) -> None:
        assert total == 60
        if done >= 22:
            raise Stop

    with pytest.raises(Stop):
        whole(path, progress=stop)
    assert position(path) == 30
    for spool in path.with_name(".a.npz.unfinished").glob("*.spool"):
        with spool.open("ab") as file:
            file.write(b"what was written before the power went")
    seen: list[int] = []
    assert contents(whole(path, progress=lambda done, _: seen.append(done))) == expected
    assert seen[:2] == [22, 24]  # three quarters of the samples that are encoded
    assert seen[-1] == 60


def test_a_full_disk_costs_nothing_that_was_done(
    tmp_path: Path, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_spool, "_SECONDS", 0)
    path = tmp_path / "a.npz"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            whole(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert 0 < position(path) < 60
    assert contents(whole(path)) == expected


def stopped(path: Path, **options: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_spool, "_SECONDS", 0)
        with pytest.raises(Stop):
            whole(path, progress=stop, **options)


def stop(done: int, total: int) -> None:
    if done:
        raise Stop


def test_another_packing_does_not_go_on_with_it(tmp_path: Path):
    path = tmp_path / "a.npz"
    stopped(path)
    for options, name in (
        ({"encode": "png", "height": 3}, "encode and height"),
        ({"dtypes": {"x": "vint64"}, "encode": "jpeg"}, "encode"),
    ):
        with pytest.raises(ConfigError, match=f"begun with another {name}: ask for the same"):
            whole(path, **options)
    other = ArrayDataset(x=[1.0, 2.0])
    with pytest.raises(ConfigError, match="another content and count and dataset and fields"):
        pack(other, path, worker_count=0)


def test_what_hardly_began_is_begun_anew(tmp_path: Path):
    """Who mends what was wrong with the first samples need not remove anything."""
    path = tmp_path / "a.npz"
    with pytest.raises(ConfigError, match=r"x: it is a str"):
        pack(FunctionDataset(lambda i: Record(x=[1, "a"][i]), 2), path, worker_count=0)
    assert pack(ArrayDataset(x=[1, 2]), path, worker_count=0)[1].x == 2


def test_datasets_that_look_alike_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A repr says nothing of the numbers in memory."""
    path = tmp_path / "a.npz"
    one, other = (ArrayDataset(x=torch.full((5, 3), float(v))) for v in (1, 2))
    assert repr(one) == repr(other)
    monkeypatch.setattr(_spool, "_SECONDS", 0)
    with pytest.raises(Stop):
        pack(one, path, worker_count=0, progress=stop)
    with pytest.raises(ConfigError, match="another content"):
        pack(other, path, worker_count=0)


def test_bad_samples_can_be_skipped_when_it_goes_on(tmp_path: Path):
    def some(i: int) -> Record:
        if i == 40:
            raise OSError("the disk is gone")
        return sample(i)

    dataset, path = FunctionDataset(some, 60), tmp_path / "a.npz"
    options = {"dtypes": {"x": "vint64"}, "worker_count": 0}
    with pytest.raises(ConfigError, match="sample 40"):
        pack(dataset, path, **options)
    assert pack(dataset, path, on_bad="skip", **options).bad_count == 1


def test_what_is_there_is_not_touched(tmp_path: Path):
    path = tmp_path / "a.npz"
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"a\.npz exists already: choose another name"):
        whole(path, shards=1)
    path.unlink()
    stopped(path, shards=1)
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        whole(path, shards=1)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(("first", "then"), [(1, 3), (3, 1), (2, 3), (3, 3)])
def test_no_name_stands_for_two_packings(first: int, then: int, tmp_path: Path):
    before = contents(whole(tmp_path / "a.npz", shards=first))
    with pytest.raises(ConfigError, match="exists already"):
        whole(tmp_path / "a.npz", shards=then)
    assert contents(PackedDataset(tmp_path / "a.npz")) == before


def test_two_processes_do_not_write_one_file(tmp_path: Path):
    path = tmp_path / "a.npz"
    with start(0.05, 0, path) as process:
        wait_for(lambda: position(path) >= 3, process)
        with pytest.raises(RunError, match="another process is packing into"):
            whole(path)
        process.kill()


def test_a_damaged_state_is_told(tmp_path: Path):
    path = tmp_path / "a.npz"
    stopped(path)
    (path.with_name(".a.npz.unfinished") / "state.json").write_text("{")
    with pytest.raises(ConfigError, match=r"is damaged: remove .* to start anew"):
        whole(path)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.hdf"])
def test_an_unknown_ending_is_told(name: str, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"should end in \.hdf5, \.h5, \.npz"):
        whole(tmp_path / name)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LabworkError, match="can't be written"):
        whole(tmp_path / "file" / "a.npz")
