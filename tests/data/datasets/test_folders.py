"""Datasets are looked for where the directories of Labwork say."""

from pathlib import Path

import pytest

from labwork.core import ConfigError
from labwork.data.datasets._files import dataset_folders, find_dataset_folder
from labwork.experiments import find_directories


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"LABWORK_DATA": "elsewhere"},
        {"LABWORK_DATASETS": "one:two/three:"},
        {"LABWORK_DATASETS": "one", "LABWORK_DATA": "elsewhere"},
    ],
)
@pytest.mark.parametrize("start", ["a/b", "a", "a/data"])
def test_same_folders_as_the_directories(
    variables: dict[str, str],
    start: str,
    data_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv("LABWORK_DATA")
    for name in ("a/b", "a/data/datasets", "data/datasets"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path / start)
    assert tuple(dataset_folders()) == find_directories().datasets


def test_first_name_in_the_first_folder_wins(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LABWORK_DATASETS", f"{tmp_path / 'x'}:{tmp_path / 'y'}")
    for name in ("y/mnist", "y/MNIST", "x/mnist"):
        (tmp_path / name).mkdir(parents=True)
    assert find_dataset_folder(["MNIST", "mnist"], "MNIST") == tmp_path / "x" / "mnist"
    (tmp_path / "x" / "mnist").rmdir()
    assert find_dataset_folder(["MNIST", "mnist"], "MNIST") == tmp_path / "y" / "MNIST"


def test_nowhere_to_look_is_told(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("LABWORK_DATA")
    data_folder.rmdir()
    monkeypatch.chdir(tmp_path)
    if dataset_folders():
        pytest.skip("there is a data folder above the temporary one")
    with pytest.raises(
        ConfigError, match="MNIST isn't there: put its folder 'MNIST' into a folder"
    ):
        find_dataset_folder(["MNIST"], "MNIST")
