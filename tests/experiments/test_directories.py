import os
from pathlib import Path

import pytest

from labwork.core import ConfigError, ensure_directory, find_directories

NAMES = ["cache", "pretrained", "experiments"]


@pytest.mark.parametrize("name", NAMES)
def test_own_variable_beats_labwork_data_beats_ancestor(tmp_path: Path, name: str):
    (tmp_path / "data").mkdir()
    start = tmp_path / "project" / "notebooks"
    environ = {}
    assert getattr(find_directories(environ, start), name) == tmp_path / "data" / name
    environ["LABWORK_DATA"] = "/lab"
    assert getattr(find_directories(environ, start), name) == Path("/lab") / name
    environ[f"LABWORK_{name.upper()}"] = "/own"
    assert getattr(find_directories(environ, start), name) == Path("/own")


def test_nearest_data_folder_wins(tmp_path: Path):
    start = tmp_path / "project"
    (tmp_path / "data").mkdir()
    (start / "data").mkdir(parents=True)
    assert find_directories({}, start).cache == start / "data" / "cache"


def test_datasets_are_looked_for_in_all_ancestors_once(tmp_path: Path):
    far, near = tmp_path / "data" / "datasets", tmp_path / "project" / "data" / "datasets"
    far.mkdir(parents=True)
    near.mkdir(parents=True)
    environ = {"LABWORK_DATASETS": os.pathsep.join(["/disk", "", str(far), "sets"])}
    start = tmp_path / "project"
    below_tmp = [p for p in find_directories({}, start).datasets if p.is_relative_to(tmp_path)]
    assert below_tmp == [near, far]
    chosen = find_directories(environ, start).datasets
    assert chosen[:4] == (Path("/disk"), far, start / "sets", near)
    assert len(set(chosen)) == len(chosen)


def test_empty_variable_is_no_variable(tmp_path: Path):
    (tmp_path / "data").mkdir()
    environ = {"LABWORK_DATA": "", "LABWORK_CACHE": ""}
    assert find_directories(environ, tmp_path) == find_directories({}, tmp_path)


def test_error_says_what_to_do():
    root = Path("/proc/self" if Path("/proc/self").is_dir() else "/")
    if Path("/data").is_dir():
        pytest.skip("this machine has /data, which is above every directory")
    with pytest.raises(ConfigError, match=r"mkdir data.*LABWORK_DATA or LABWORK_DATASETS"):
        find_directories({}, root)
    with pytest.raises(ConfigError, match="LABWORK_EXPERIMENTS"):
        find_directories(
            dict.fromkeys(["LABWORK_DATASETS", "LABWORK_CACHE", "LABWORK_PRETRAINED"], "x"), root
        )


def test_missing_directories_are_made_and_left_empty(tmp_path: Path):
    path = tmp_path / "data" / "experiments"
    assert ensure_directory(path) == path
    assert list(ensure_directory(path).iterdir()) == []


@pytest.mark.parametrize("below", [".", "cache"])
def test_file_in_the_way_is_told(tmp_path: Path, below: str):
    (tmp_path / "data").write_text("a file")
    path = tmp_path / "data" / below
    with pytest.raises(ConfigError, match="LABWORK_CACHE") as caught:
        ensure_directory(path, "LABWORK_CACHE")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody may write")
def test_unwritable_directory_is_told():
    with pytest.raises(ConfigError, match=r"can't write in the directory /proc "):
        ensure_directory(Path("/proc"))
