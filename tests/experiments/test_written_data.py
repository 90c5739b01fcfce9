"""What was written as a dataset can be named where data is asked for."""

from pathlib import Path

import pytest

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Digits, pack, save_folder
from labwork.experiments import get_model, get_prepared_data_for_trainer


def packed(folder: Path) -> str:
    pack(Digits("test")[:20], folder / "digits.npz", worker_count=0)
    return f"PackedDataset(path='{folder}/digits.npz')"


def in_a_folder(folder: Path) -> str:
    save_folder(Digits("test")[:20], folder / "digits")
    return f"FolderDataset('{folder}/digits')"


@pytest.mark.parametrize("write", [packed, in_a_folder])
def test_written_data_has_the_samples_and_the_facts(write, tmp_path: Path):
    text = write(tmp_path)
    text = text if "path=" in text else text.replace("('", "(path='")
    data = get_prepared_data_for_trainer(f"few:{text}:d[0][:10]")["few"]
    assert len(data) == 10
    for record, expected in zip(data, Digits("test"), strict=False):
        assert (record.image == expected.image).all()
        assert record.label == expected.label
    assert data.info["class_count"] == 10
    assert get_model("SmallImageClassifier", "standardize", data)(data[0].image[None]).shape == (
        1,
        10,
    )


def test_what_is_no_packed_file_is_told_with_its_place(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"nowhere\.hdf5"):
        get_prepared_data_for_trainer(f"PackedDataset(path='{tmp_path}/nowhere.hdf5')")


def test_pictures_without_facts_are_told_what_the_model_needs(tmp_path: Path):
    pictures = ArrayDataset(image=[[[[0.0]]], [[[1.0]]]], label=[0, 1])
    pack(pictures, tmp_path / "bare.npz", worker_count=0)
    data = get_prepared_data_for_trainer(f"PackedDataset(path='{tmp_path}/bare.npz')")
    with pytest.raises(ConfigError, match="class_count"):
        get_model("SmallImageClassifier", "id", data["PackedDataset"])
