"""What packing has done is committed and told in time, and is told from what changed since."""

import json
import os
import time
from pathlib import Path

import pytest
import torch

from labwork.core import ConfigError
from labwork.data import ArrayDataset, FunctionDataset, PackedDataset, Record, pack
from labwork.data._packing import _block, _spool

ROWS = [f"{i}.jpg,{i}" for i in range(10)]


class Stop(Exception):  # noqa: N818
    """Stands for whatever ends a process."""


def state(path: Path) -> dict:
    folder = path.with_name(f".{path.name}.unfinished")
    return json.loads((folder / "state.json").read_text())["state"]


def stopped_at(count: int, path: Path, target: Path, **options: object) -> None:
    def stop(done: int, total: int) -> None:
        if done >= count:
            raise Stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_spool, "_SECONDS", 0)
        patch.setattr(_block, "_SAMPLES", 2)
        with pytest.raises(Stop):
            pack(path, target, worker_count=0, progress=stop, **options)
    assert state(target)["position"] >= count


@pytest.mark.parametrize("workers", [0, 2])
def test_slow_samples_are_kept_and_told(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All before a bad one are kept, and none waits for a block of a fixed size."""
    monkeypatch.setattr(_block, "_SECONDS", 0.02)
    monkeypatch.setattr(_spool, "_SECONDS", 0.02)

    def slow(i: int) -> Record:
        time.sleep(0.01)
        if i == 35:
            raise OSError("the disk is gone")
        return Record(x=i)

    path, seen = tmp_path / "a.npz", []
    with pytest.raises(ConfigError, match=r"sample 35 .*the disk is gone"):
        pack(
            FunctionDataset(slow, 40),
            path,
            worker_count=workers,
            progress=lambda done, total: seen.append((done, total)),
        )
    assert seen[-1] == (int(35 * 0.75), 40)
    assert len(seen) > 5
    assert seen == sorted(set(seen))
    assert state(path)["position"] == state(path)["count"] == 35


@pytest.mark.parametrize("suffix", [".npz", ".hdf5"])
@pytest.mark.parametrize("shards", [1, 3])
def test_progress_ends_when_all_is_done(suffix: str, shards: int, tmp_path: Path):
    """Encoding is a part of what is told, and writing the other; also where that is all."""
    dataset = ArrayDataset(x=torch.rand(800, 3000))
    path, seen = tmp_path / f"a{suffix}", []

    def tell(done: int, total: int) -> None:
        is_there = PackedDataset(path).__len__() == total if done == total else False
        seen.append((done, is_there))
        if done > 700 and not is_there and not stopped:
            stopped.append(done)
            raise Stop

    stopped: list[int] = []
    with pytest.raises(Stop):
        pack(dataset, path, shards=shards, worker_count=0, progress=tell)
    first, seen = seen, []
    pack(dataset, path, shards=shards, worker_count=0, progress=tell)
    for told in (first, seen):
        assert told == sorted(set(told))
    assert any(0 < done < 600 for done, _ in first)
    assert any(600 < done < 800 for done, _ in first)
    assert seen[0] == (600, False)
    assert len(seen) > 3
    assert seen[-1] == (800, True)


def test_more_shards_than_samples_are_refused_at_once(tmp_path: Path):
    asked: list[int] = []
    dataset = FunctionDataset(lambda i: asked.append(i) or Record(x=i), 5)
    with pytest.raises(ConfigError, match="5 samples don't fill 6 shards"):
        pack(dataset, tmp_path / "a.npz", shards=6, worker_count=0)
    assert set(asked) <= {0}
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("name", "limit"), [("_SECONDS", 1e-9), ("_BYTES", 1), ("_SAMPLES", 7)])
def test_bytes_are_the_same_whatever_the_blocks(
    name: str, limit: float, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def one(i: int) -> Record:
        if i % 7 == 3:
            raise ValueError("bad")
        return Record(x=torch.arange(i), text="a" * i, y=i / 2)

    options = {"dtypes": {"x": "vint64"}, "on_bad": "skip", "shards": 2}
    expected = pack(FunctionDataset(one, 40), tmp_path / "a.npz", worker_count=0, **options)
    monkeypatch.setattr(_block, name, limit)
    monkeypatch.setattr(_spool, "_SECONDS", 0)
    found = pack(FunctionDataset(one, 40), tmp_path / "b.npz", worker_count=workers, **options)
    assert found.id == expected.id
    assert [p.read_bytes() for p in found.paths] == [p.read_bytes() for p in expected.paths]


def test_what_is_packed_is_known_by_all_of_it(tmp_path: Path):
    """Texts that are one after the other in the file may be cut in other places."""
    pairs = [("ab", "c"), ("a", "bc")]
    ids = {
        pack(
            FunctionDataset(lambda i, pair=pair: Record(t=pair[i]), 2),
            tmp_path / f"{number}.npz",
            worker_count=0,
        ).id
        for number, pair in enumerate(pairs)
    }
    assert len(ids) == 2


def replace(path: Path, by: Path) -> None:
    content = by.read_bytes()
    path.unlink()
    path.write_bytes(content)


def touch(path: Path, by: Path) -> None:
    """Another image of the same size in bytes, at another time."""
    before = path.stat()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def remove(path: Path, by: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("alter", [replace, touch, remove])
@pytest.mark.parametrize(("row", "is_told"), [(0, True), (3, True), (9, False)])
def test_files_that_changed_are_not_mixed_with_those_before(
    alter: object, row: int, is_told: bool, photos: Path, file_list
):
    path, target = file_list("image,label", *ROWS), photos / "a.npz"
    stopped_at(5, path, target, on_bad="skip")
    alter(photos / f"{row}.jpg", photos / "8.jpg")  # type: ignore[operator]
    if is_told:
        message = (
            rf"list\.csv:{row + 2}: its file was altered or replaced after .*unfinished: bring"
        )
        with pytest.raises(ConfigError, match=message):
            pack(path, target, worker_count=0, on_bad="skip")
    else:
        assert len(pack(path, target, worker_count=0, on_bad="skip")) == 10 - (alter is remove)


def test_what_was_brought_back_goes_on(photos: Path, file_list):
    path, target = file_list("image,label", *ROWS), photos / "a.npz"
    whole = pack(path, photos / "whole.npz", worker_count=0)
    stopped_at(5, path, target)
    (photos / "2.jpg").rename(photos / "kept.jpg")
    with pytest.raises(ConfigError, match=r":4: its file was altered"):
        pack(path, target, worker_count=0)
    (photos / "kept.jpg").rename(photos / "2.jpg")
    found = pack(path, target, worker_count=0)
    assert found.paths[0].read_bytes() == whole.paths[0].read_bytes()


def test_any_frame_may_have_changed(photos: Path, file_list):
    rows = [f'"0.jpg,{i}.jpg"' for i in range(10)]
    path, target = file_list("clip", *rows), photos / "a.npz"
    options = {"is_seq": True, "height": 8, "width": 8}
    stopped_at(5, path, target, **options)
    replace(photos / "3.jpg", photos / "8.jpg")
    with pytest.raises(ConfigError, match=r":5: its file was altered"):
        pack(path, target, worker_count=0, **options)


def test_a_row_that_was_left_out_may_be_good_now(photos: Path, file_list):
    good = (photos / "1.jpg").read_bytes()
    (photos / "1.jpg").write_bytes(b"")
    path, target = file_list("image,label", *ROWS), photos / "a.npz"
    stopped_at(5, path, target, on_bad="skip")
    (photos / "1.jpg").write_bytes(good)
    with pytest.raises(ConfigError, match=r":3: its file was altered"):
        pack(path, target, worker_count=0, on_bad="skip")


def test_what_took_no_time_is_begun_anew(tmp_path: Path):
    """Who tries a function that fails need not remove anything."""
    path = tmp_path / "a.npz"
    with pytest.raises(ConfigError, match="sample 7"):
        pack(FunctionDataset(lambda i: Record(x=1 // (7 - i)), 9), path, worker_count=0)
    packed = pack(FunctionDataset(lambda i: Record(x=i), 9), path, worker_count=0)
    assert isinstance(packed, PackedDataset)
    assert packed.labels["x"].tolist() == list(range(9))
