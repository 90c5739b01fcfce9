"""Datasets are looked for where the directories of Labwork say."""

from pathlib import Path

import pytest

from labwork.core import ConfigError, find_datasets
from labwork.data.datasets._files import find_dataset_folder


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
    if find_datasets():
        pytest.skip("there is a data folder above the temporary one")
    with pytest.raises(
        ConfigError, match="MNIST isn't there: put its folder 'MNIST' into a folder"
    ):
        find_dataset_folder(["MNIST"], "MNIST")
