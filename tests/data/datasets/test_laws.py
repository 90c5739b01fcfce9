"""Laws that each dataset obeys; a new one joins the list."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import collate, datasets, pack

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ADE20K", {}),
    ("CamVid", {}),
    ("Cifar10", {}),
    ("Cifar100", {}),
    ("Cifar100", {"coarse": True}),
    ("Cityscapes", {}),
    ("Cityscapes", {"downsampling": 2}),
    ("Digits", {}),
    ("FashionMNIST", {}),
    ("ImageFolder", {"root": "pets"}),
    ("ImageNet", {}),
    ("KMNIST", {}),
    ("MNIST", {}),
    ("MapillaryVistas", {}),
    ("STL10", {}),
    ("SVHN", {}),
    ("Shapes", {"length": 9, "size": 16}),
    ("SyntheticClassification", {"length": 9}),
    ("TinyImageNet", {}),
    ("TwoMoons", {"length": 9}),
    ("VOC2012Segmentation", {}),
    ("WhiteNoise", {"length": 9, "example_shape": (2, 4)}),
]
NEEDS_NO_FILES = {"Digits", "Shapes", "SyntheticClassification", "TwoMoons", "WhiteNoise"}
EXTRAS = {"ImageFolder": ("train", "val"), "WhiteNoise": (None,)}


def all_subsets() -> list[Any]:
    return [
        pytest.param(name, subset, options, id=f"{name}-{subset}-{'-'.join(options)}")
        for name, options in CASES
        for subset in EXTRAS.get(name) or getattr(datasets, name).subsets
    ]


def make(name: str, subset: str | None, options: dict[str, Any]) -> Any:
    if name == "Digits":
        pytest.importorskip("sklearn")
    return getattr(datasets, name)(*([subset] if subset else []), **options)


def same(a: Any, b: Any) -> bool:
    names = a.keys()
    return names == b.keys() and all(torch.equal(a[name], b[name]) for name in names)


def test_every_published_dataset_is_in_the_list():
    assert sorted({name for name, _ in CASES}) == datasets.__all__ == sorted(datasets.__all__)


@pytest.mark.parametrize(("name", "subset", "options"), all_subsets())
def test_samples(name: str, subset: str | None, options: dict[str, Any], library: Path):
    dataset = make(name, subset, options)
    assert 0 < len(dataset) < 2000
    samples = [dataset[i] for i in range(min(len(dataset), 20))]
    again = make(name, subset, options)
    assert all(same(sample, again[i]) for i, sample in enumerate(samples))
    twin = pickle.loads(pickle.dumps(dataset))
    assert same(twin[0], samples[0])
    assert (repr(twin), dict(twin.info)) == (repr(dataset), dict(dataset.info))
    indices = np.arange(len(samples))[::-1].copy()
    batch = dataset.get_batch(indices)
    assert same(batch, collate([samples[i] for i in indices]))
    for sample in samples:
        check_fields(sample, dataset.info)


def check_fields(sample: Any, info: Any) -> None:
    image = sample.image if "image" in sample else sample.x
    if "label" not in sample:
        assert (dict(info), sample.keys()) == ({}, ["image"])
    else:
        assert sample.label.dtype == torch.int64
        assert {"class_count", "class_names", "task", "ignore_label"} <= info.keys()
        assert sample.label.min() >= info["ignore_label"] == -1
        assert sample.label.max() < info["class_count"]
        is_segmentation = info["task"] == "segmentation"
        assert sample.label.shape == (image.shape[1:] if is_segmentation else ())
        assert len(info["class_names"]) == info["class_count"]
        assert all(isinstance(name, str) for name in info["class_names"])
        assert len(info.get("colors", range(info["class_count"]))) == info["class_count"]
    assert image.dtype in (torch.uint8, torch.float32)
    assert image.is_contiguous()
    if info.get("task") and "image" in sample and image.dtype == torch.float32:
        assert 0 <= image.min() <= image.max() <= 1


@pytest.mark.parametrize(("name", "subset", "options"), all_subsets())
def test_labels_are_those_of_the_samples(
    name: str, subset: str | None, options: dict[str, Any], library: Path
):
    dataset = make(name, subset, options)
    if dataset.info.get("task") != "classification" or name == "Digits":
        return
    expected = [int(dataset[i].label) for i in range(len(dataset))]
    labels = dataset.labels["label"]
    assert (labels.dtype, labels.tolist()) == (np.int64, expected)
    labels[:] = 0  # what is handed out is the caller's
    assert dataset.labels["label"].tolist() == expected


@pytest.mark.parametrize("encode", ["raw", "png", "jpeg"])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_packed_samples_are_the_dataset_s(
    name: str, options: dict[str, Any], encode: str, library: Path, tmp_path: Path
):
    """Samples come back in dtype and shape, and with all bits where the encoding can hold them."""
    subset = (EXTRAS.get(name) or getattr(datasets, name).subsets)[0]
    dataset = make(name, subset, options)[:20]
    dtypes = {f: f"v{v.numpy().dtype}" for f, v in dataset[0].items() if varies(dataset, f)}
    chosen = dtypes if encode == "raw" else {}
    packed = pack(dataset, tmp_path / "a.npz", encode=encode, dtypes=chosen, worker_count=0)
    for ours, theirs in zip(packed, dataset, strict=True):
        assert ours.keys() == theirs.keys()
        for field, value in theirs.items():
            assert (ours[field].dtype, ours[field].shape) == (value.dtype, value.shape)
            is_lost = encode != "raw" and value.ndim == 3 and (encode == "jpeg" or is_finer(value))
            assert is_lost or torch.equal(ours[field], value)


def varies(dataset: Any, field: str) -> bool:
    return len({sample[field].shape for sample in dataset}) > 1


def is_finer(image: torch.Tensor) -> bool:
    """Whether an image has steps between those of bytes."""
    return image.is_floating_point() and not torch.equal((image * 255).round() / 255, image)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_unknown_subset_names_the_nearest(name: str, options: dict[str, Any], library: Path):
    if name == "WhiteNoise":
        return
    with pytest.raises(ConfigError, match=rf"unknown subset 'trian' .*{name}.* mean 'train'"):
        make(name, "trian", options)


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES} - NEEDS_NO_FILES))
def test_missing_files_are_told_with_folder_and_page(
    name: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(data_folder)
    options = {"root": "pets"} if name == "ImageFolder" else {}
    with pytest.raises(ConfigError) as caught:
        make(name, "train", options)
    message = str(caught.value)
    assert str(data_folder / "datasets") in message
    assert name == "ImageFolder" or (name in message and "http" in message)
    (data_folder / "datasets" / "empty").mkdir(parents=True)
    with pytest.raises(ConfigError, match="empty"):
        make(name, "train", {"root": data_folder / "datasets" / "empty"})


@pytest.mark.parametrize("name", ["Shapes", "SyntheticClassification", "TwoMoons"])
def test_seeds_and_subsets_give_other_samples(name: str):
    views = [make(name, s, {"seed": seed}) for s in ("train", "val", "test") for seed in (0, 1)]
    firsts = [tuple(view[0][0].flatten()[:9].tolist()) for view in views]
    assert len(set(firsts)) == len(firsts)


@pytest.mark.parametrize("name", ["Shapes", "SyntheticClassification", "TwoMoons"])
@pytest.mark.parametrize("length", [0, -1, 2.5])
def test_length_is_positive(name: str, length: Any):
    with pytest.raises(ConfigError, match=f"{name}: the length must be a positive integer"):
        make(name, "train", {"length": length})
