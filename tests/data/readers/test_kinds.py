"""Which format a file has, and what pickles may do."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labwork.core import ConfigError
from labwork.data import read
from labwork.data._readers._detect import detect as detect_by
from labwork.data._readers._detect import first_bytes, format_of_name
from labwork.data._readers._format import Format

Write = Callable[[str], Path]


def detect(path: Path) -> Format:
    return detect_by(path, first_bytes(path))


CLEAR = ("a.npy", "a.npz", "a.pkl", "a.h5", "a.lmdb", "folder", "a.parquet", "a.gif")


@pytest.mark.parametrize("name", CLEAR)
def test_content_counts_where_it_is_clear(name: str, write: Write):
    path = write(name)
    known = detect(path)
    without = path.rename(path.with_name("other.data"))
    assert detect(without) is known
    misnamed = without.rename(path.with_name("other.json"))
    with pytest.warns(UserWarning, match=rf"other\.json is read as {known.name}.*; rename it"):
        assert detect(misnamed) is known


def test_a_mismatch_is_told_at_the_line_of_the_user(write: Write):
    misnamed = write("a.npy").rename(write("a.json"))
    with pytest.warns(UserWarning, match="is read as NPY") as caught:
        read(misnamed)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.csv", "a.tfrecord"])
def test_endings_count_elsewhere_in_letters_of_any_case(name: str, write: Write):
    path = write(name)
    known = detect(path)
    assert detect(path.rename(path.with_name(f"B{path.suffix.upper()}"))) is known


def test_images_of_any_format_may_have_any_image_ending(write: Write, tmp_path: Path):
    assert detect(write("a.gif").rename(tmp_path / "b.jpg")).name == "image"


def test_text_may_begin_like_nothing_in_particular(tmp_path: Path):
    for name in ("BM", "P5 \n", "II", "GIF", "PK"):
        path = tmp_path / "a.csv"
        path.write_text(f"{name.strip()},b\n1,2\n")
        assert detect(path).name == "CSV"


def test_a_format_can_be_named(tmp_path: Path):
    path = tmp_path / "labels.txt"
    path.write_text("x,y\n1,2\n")
    assert read(path, format="csv")["y"].tolist() == [2]
    assert format_of_name("TFRECORD") is format_of_name("tfrecord")


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return Path.mkdir, (self.folder,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_run_only_where_they_are_trusted(protocol: int, tmp_path: Path):
    path, made = tmp_path / "a.pkl", tmp_path / "made"
    path.write_bytes(pickle.dumps(Planted(made), protocol))
    for as_dataset in (False, True):
        with pytest.raises(ConfigError, match=r"read\(path, trusted=True\)"):
            read(path, as_dataset=as_dataset)
    assert not made.exists()
    read(path, trusted=True)
    assert made.exists()


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_pickles_in_arrays_never_run(name: str, tmp_path: Path):
    path, made = tmp_path / name, tmp_path / "made"
    objects = np.array([Planted(made)], dtype=object)
    np.save(path, objects) if name == "a.npy" else np.savez(path, x=objects)
    for trusted in (False, True):
        with pytest.raises(ConfigError, match="can't be read as NP"):
            read(path, trusted=trusted)
    assert not made.exists()
