"""``labwork pack``: what it packs, what it prints, and what it refuses."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labwork.cli import _pack
from labwork.data import Digits, PackedDataset
from labwork.data._packing import _pack as _packing
from labwork.data._packing import _spool


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A file list of six photos, the fourth of which is torn."""
    rng = np.random.default_rng(0)
    for i in range(6):
        pixels = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.jpg")
    (tmp_path / "3.jpg").write_bytes((tmp_path / "3.jpg").read_bytes()[:200])
    rows = [f'{i}.jpg,{i},"{i},{i}"\n' for i in range(6)]
    path = tmp_path / "photos.csv"
    path.write_text("image,label,point\n" + "".join(rows))
    return path


def test_list_is_packed(labwork, listed: Path, tmp_path: Path):
    target = tmp_path / "out.hdf5"
    done = labwork(
        *("pack", str(listed), str(target), "--dtypes", "int8,float32", "--height", "6"),
        *("--encode", "png", "--shards", "2", "--workers", "0", "--on-bad", "skip"),
    )
    assert done.status == 0
    packed = PackedDataset(target)
    assert done.out.splitlines() == ["5 samples packed, 1 left out", *map(str, packed.paths)]
    assert done.err.startswith(f"left out {listed}:5: the image")
    assert packed.labels["label"].tolist() == [0, 1, 2, 4, 5]
    assert packed.labels["label"].dtype == np.int8
    assert packed[1].image.shape == (3, 6, 8)
    assert packed[1].point.tolist() == [1, 1]


def test_dataset_is_packed_and_verified(labwork, tmp_path: Path):
    target = tmp_path / "digits.npz"
    done = labwork("pack", "Digits{test}", str(target), "--workers", "0")
    assert (done.status, done.out.splitlines()[-1]) == (0, str(target))
    packed = PackedDataset(target)
    assert len(packed) == len(Digits("test"))
    assert packed.info["class_count"] == 10
    done = labwork("pack", "--verify", str(target))
    assert done.out == f"{len(packed)} samples in 1 file(s) are as they were packed\n"
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    done = labwork("pack", "--verify", str(target))
    assert done.status == 2
    assert "has another hash than the manifest says" in done.error


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["{list}", "{out}.npz"], "photos.csv:5: the image"),
        (["{list}"], "DST is missing"),
        (["{list}", "{out}.npy"], "should end in .hdf5, .h5, .npz"),
        (["none.csv", "{out}.npz"], "there is no file list none.csv"),
        (["{list}", "{out}.npz", "--encode", "jpg"], "did you mean 'jpeg'"),
        (["{list}", "{out}.npz", "--dtypes", "int9,int8"], "unknown type 'int9' in dtypes"),
        (["{list}", "{out}.npz", "--height", "0"], "'--height'"),
        (["{list}", "{out}.npz", "--delimiter", "ab"], "delimiter"),
        (["Digits{train,test}", "{out}.npz"], "names 2 datasets: one is packed at a time"),
        (["Digts{train}", "{out}.npz"], "did you mean 'Digits'"),
        (["--verify", "{out}.npz"], "there is no packed file"),
        (["--verify", "{list}", "{out}.npz"], "--verify takes one path"),
    ],
)
def test_what_is_wrong_is_told(
    labwork, listed: Path, tmp_path: Path, arguments: list[str], error: str
):
    names = {"{list}": str(listed), "{out}": str(tmp_path / "out")}
    given = [
        names["{out}"] + a[5:] if a.startswith("{out}") else names.get(a, a) for a in arguments
    ]
    done = labwork("pack", *given, *([] if "--verify" in given else ["--workers", "0"]))
    assert done.status == 2
    assert error in done.err
    assert "Traceback" not in done.err


def test_remaining_time_is_told_until_all_is_done(
    labwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_pack, "_SECONDS", 0)
    command = ("pack", "Digits{train}", str(tmp_path / "a.npz"), "--workers", "0", "--shards", "3")
    lines = labwork(*command).err.splitlines()
    told = [re.fullmatch(r"(\d+)% packed, (\d:\d\d:\d\d) left", line) for line in lines]
    assert all(told)
    shares = [int(found[1]) for found in told]
    assert shares == sorted(shares)
    assert shares[0] < 75 < shares[-1] < 100
    assert "0:00:00" not in {found[2] for found in told}


def test_what_was_packed_before_is_told(labwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def stop(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(_spool, "_SECONDS", 0)
    command = ("pack", "Digits{test}", str(tmp_path / "a.npz"), "--workers", "0")
    with monkeypatch.context() as patch:
        patch.setattr(_packing, "write_shard", stop)
        assert labwork(*command).status != 0
    assert labwork(*command).err == "75% packed before\n"


def test_it_goes_on(labwork, listed: Path, tmp_path: Path):
    Image.new("RGB", (16, 12)).save(tmp_path / "good.jpg")
    torn = (tmp_path / "3.jpg").read_bytes()
    command = ("pack", str(listed), str(tmp_path / "out.npz"), "--workers", "0")
    assert "photos.csv:5" in labwork(*command).error
    (tmp_path / "3.jpg").write_bytes((tmp_path / "good.jpg").read_bytes())
    assert labwork(*command).out.startswith("6 samples packed\n")
    assert torn != (tmp_path / "3.jpg").read_bytes()
    assert "exists already: choose another name" in labwork(*command).error
