"""What the layouts of single datasets say, and what happens where a file is damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labwork.core import ConfigError
from labwork.data import datasets
from labwork.data.datasets import (
    ADE20K,
    MNIST,
    STL10,
    SVHN,
    CamVid,
    Cifar10,
    Cifar100,
    Cityscapes,
    ImageFolder,
    ImageNet,
    MapillaryVistas,
    TinyImageNet,
    VOC2012Segmentation,
)
from labwork.experiments import get_prepared_data_for_trainer

image_module = pytest.importorskip("PIL.Image")


def images_of(dataset: Any) -> np.ndarray:
    batch = dataset.get_batch(np.arange(len(dataset)))
    return (batch.image * 255).round().numpy().astype(np.uint8)


@pytest.mark.parametrize(
    ("make", "sizes"),
    [
        (Cifar10, {"trainval": 20, "train": 18, "val": 2, "test": 4}),
        (Cifar100, {"trainval": 20, "train": 18, "val": 2, "test": 20}),
        (MNIST, {"trainval": 12, "train": 10, "val": 2, "test": 5}),
        (SVHN, {"trainval": 10, "train": 9, "val": 1, "test": 10, "extra": 10}),
        (STL10, {"trainval": 10, "train": 9, "val": 1, "test": 3, "unlabeled": 2}),
    ],
)
def test_train_and_val_divide_trainval(
    make: Callable[..., Any], sizes: dict[str, int], library: Path
):
    parts = {subset: make(subset) for subset in sizes}
    assert {subset: len(part) for subset, part in parts.items()} == sizes
    joined = np.concatenate([images_of(parts["train"]), images_of(parts["val"])])
    assert (joined == images_of(parts["trainval"])).all()


@pytest.mark.parametrize("subset", ["trainval", "test"])
@pytest.mark.parametrize(
    ("make", "options"), [(Cifar10, {}), (Cifar100, {}), (Cifar100, {"coarse": True})]
)
def test_binary_version_holds_the_same(
    make: Callable[..., Any], options: dict[str, Any], subset: str, written: Path
):
    one = make(subset, root=written, **options)
    other = make(subset, root=written / "binary", **options)
    assert (images_of(one) == images_of(other)).all()
    assert one.labels["label"].tolist() == other.labels["label"].tolist()


def test_root_may_be_the_folder_itself(written: Path):
    inside = Cifar10("test", root=str(written / "cifar-10-batches-py"))
    assert (images_of(inside) == images_of(Cifar10("test", root=written))).all()


def test_orders_of_axes(written: Path):
    scipy_io = pytest.importorskip("scipy.io")
    stored = scipy_io.loadmat(written / "SVHN" / "test_32x32.mat")
    assert (
        images_of(SVHN("test", root=written))[7] == stored["X"][..., 7].transpose(2, 0, 1)
    ).all()
    assert SVHN("test", root=written).labels["label"].tolist() == [*range(1, 10), 0]
    columns = np.fromfile(written / "stl10_binary" / "test_X.bin", np.uint8).reshape(-1, 3, 96, 96)
    assert (images_of(STL10("test", root=written))[1, 2, 5] == columns[1, 2, :, 5]).all()
    assert STL10("unlabeled", root=written).labels["label"].tolist() == [-1, -1]


def test_label_maps_become_classes(written: Path):
    label = CamVid("test", root=written)[0].label
    assert label[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert label[1, :5].tolist() == [8, 9, 10, -1, 0]
    scene = Cityscapes("val", root=written)[0].label
    assert scene[0].tolist() == [-1] * 5 + [0, 1, -1]
    assert scene[3].tolist() == [13, 14, 15, -1, -1, 16, 17, 18]
    assert VOC2012Segmentation("val", root=written)[0].label[0].tolist() == [0, 1, 20, -1, 0, 15]
    assert ADE20K("train", root=written)[0].label[0].tolist() == [-1, 0, 1, 149, 8, 8]
    assert MapillaryVistas("train", root=written)[0].label[0].tolist() == [0, -1, 1, -1]


def test_facts_about_classes(written: Path):
    vistas = MapillaryVistas("train", root=written).info
    assert (vistas["class_names"], vistas["colors"]) == (("Bird", "Curb"), ((0, 2, 3), (2, 2, 3)))
    assert ADE20K("val", root=written).info["class_names"][149] == "thing 150"
    voc = VOC2012Segmentation("val", root=written).info
    assert (voc["class_count"], voc["colors"][15]) == (21, (192, 128, 128))
    assert Cityscapes("val", root=written).info["class_names"][18] == "bicycle"
    assert Cifar100("test", root=written, coarse=True).info["class_names"][19] == "coarse 19"
    assert TinyImageNet("val", root=written).info["class_names"] == ("goldfish", "newt, eft")
    assert TinyImageNet("val", root=written).labels["label"].tolist() == [1, 0]


def test_downsampling_takes_means_and_middles(written: Path):
    full = Cityscapes("val", root=written)[0]
    half = Cityscapes("val", root=written, downsampling=2)[0]
    means = full.image.double().reshape(3, 2, 2, 4, 2).mean(dim=(2, 4))
    assert (half.image - means).abs().max() <= 0.5
    assert half.label.tolist() == full.label[1::2, 1::2].tolist()
    with pytest.raises(ConfigError, match="3 doesn't divide 8×4, the size of"):
        _ = Cityscapes("val", root=written, downsampling=3)[0].image
    for wrong in (0, -2, 1.5):
        with pytest.raises(ConfigError, match="downsampling must be a positive integer"):
            Cityscapes("val", root=written, downsampling=wrong)


def test_imagenet_reads_val_by_folders_or_by_the_development_kit(written: Path):
    folders = ImageNet("val", root=written)
    flat = ImageNet("val", root=written / "flat")
    assert folders.info["class_names"] == flat.info["class_names"] == ("n01", "n02", "n03")
    assert folders.labels["label"].tolist() == [2]
    assert flat.labels["label"].tolist() == [0, 2]


def test_classes_of_a_folder_are_those_of_all_subsets(written: Path):
    train, val = (ImageFolder(subset, root=written / "pets") for subset in ("train", "val"))
    assert train.info["class_names"] == val.info["class_names"] == ("cat", "dog")
    assert (train.labels["label"].tolist(), val.labels["label"].tolist()) == ([0, 0, 1], [1])
    whole = ImageFolder(root=written / "pets" / "train")
    assert whole.labels["label"].tolist() == [0, 0, 1]
    assert repr(whole) == f"ImageFolder(root={str(written / 'pets' / 'train')!r})"


def test_labels_and_lazy_images_open_no_file(copied: Path):
    dataset = ImageFolder("train", root=copied / "pets")
    for path in (copied / "pets").rglob("*.*g"):
        path.unlink()
    assert [int(record.label) for record in dataset] == [0, 0, 1]
    assert dataset[0].is_lazy("image")
    with pytest.raises(ConfigError, match=r"there is no image .*a\.jpg"):
        _ = dataset[0].image


def test_checksums_are_compared_on_request(written: Path):
    for make in (Cifar10, Cifar100, MNIST, SVHN, STL10):
        with pytest.raises(ConfigError, match=r"isn't the published file.*again from http"):
            make("test", root=written, verify=True)


DAMAGES: list[tuple[str, str, bytes | None, str]] = [
    ("Cifar10", "cifar-10-batches-py/data_batch_3", None, "data_batch_3 is missing; .*toronto"),
    ("Cifar10", "cifar-10-batches-py/data_batch_3", b"}.", "isn't a batch of Cifar10: 'data'"),
    (
        "Cifar10",
        "cifar-10-batches-py/data_batch_3",
        b"]",
        "data_batch_3 is cut off: .*get it again",
    ),
    ("Cifar100", "cifar-100-python/meta", b"}.", "a label isn't from 0 to -1"),
    (
        "MNIST",
        "MNIST/raw/train-images-idx3-ubyte.gz",
        b"\x1f\x8bno-no-no-no",
        "is damaged: .*; get it again",
    ),
    ("FashionMNIST", "FashionMNIST/train-images-idx3-ubyte", b"\0\0\x08\x03\0", "is cut off"),
    ("FashionMNIST", "FashionMNIST/train-images-idx3-ubyte", b"PK\3\4", "isn't an idx file"),
    (
        *("FashionMNIST", "FashionMNIST/train-images-idx3-ubyte"),
        b"\0\0\x08\x01\xff\xff\xff\xff\x01",
        "header promises 4,294,967,295 bytes",
    ),
    (
        *("FashionMNIST", "FashionMNIST/train-images-idx3-ubyte"),
        b"\0\0\x08\x01\0\0\0\x01\x01",
        "has 1 dimensions, but 3 are needed",
    ),
    (
        "FashionMNIST",
        "FashionMNIST/train-labels-idx1-ubyte",
        b"\0\0\x08\x01\0\0\0\x01\x01",
        "12 im",
    ),
    ("SVHN", "SVHN/train_32x32.mat", b"no", "isn't a MATLAB file of version 5"),
    ("STL10", "stl10_binary/train_X.bin", b"12345", "of 27,648 bytes has 5; get it again"),
    ("TinyImageNet", "tiny-imagenet-200/wnids.txt", None, "wnids.txt is missing"),
    (
        "TinyImageNet",
        "tiny-imagenet-200/wnids.txt",
        b"n1",
        "n2 isn't a folder of one of the classes",
    ),
    ("ADE20K", "ADEChallengeData2016/objectInfo150.txt", b"Idx\n1\twall", "names 1 classes"),
    ("MapillaryVistas", "mapillary-vistas/config.json", b"{}", "doesn't describe the classes"),
    ("MapillaryVistas", "mapillary-vistas/config.json", b"{", "doesn't describe the classes"),
]


@pytest.mark.parametrize(("name", "file", "content", "message"), DAMAGES)
def test_damaged_files_are_told(
    name: str, file: str, content: bytes | None, message: str, copied: Path
):
    if content is None:
        (copied / file).unlink()
    else:
        (copied / file).write_bytes(content)
    known = getattr(datasets, name).subsets
    with pytest.raises(ConfigError, match=message):
        getattr(datasets, name)("trainval" if "trainval" in known else "train", root=copied)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((6, 7), np.uint8), r"0\.png has 7×6 pixels, but its image .*0\.png has 8×6"),
        (np.full((6, 8), 77, np.uint8), r"0\.png holds 77, which is no class"),
        (np.zeros((6, 8, 3), np.uint8), r"0\.png has colors \(RGB\); one number a pixel"),
    ],
)
def test_label_maps_that_do_not_fit_are_told(array: np.ndarray, message: str, copied: Path):
    image_module.fromarray(array).save(copied / "CamVid" / "valannot" / "0.png")
    dataset = CamVid("val", root=copied)
    with pytest.raises(ConfigError, match=message):
        _ = dataset[0].label


def test_datasets_are_named_as_on_the_command_line(library: Path):
    data = get_prepared_data_for_trainer(
        "train,val,noise:Cifar10{trainval},Cityscapes(downsampling=2){val},"
        "WhiteNoise(example_shape=(8,8,8)):(d[0][:5],d[1],d[2])"
    )
    assert [len(part) for part in data.values()] == [5, 1, 1000]
    assert {str(part[0].image.dtype) for part in data.values()} == {"torch.float32"}
    assert data["val"][0].image.max() <= 1
