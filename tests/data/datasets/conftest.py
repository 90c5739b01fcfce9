"""Miniatures of datasets in their official layouts, written once for all tests."""

import gzip
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest


def as_image(array: np.ndarray) -> Any:
    return pytest.importorskip("PIL.Image").fromarray(array)


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    as_image(array).save(path)


def write(path: Path, content: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def cifar10(root: Path) -> None:
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        data, labels = pixels(4, 3072), [i, 1, 2, 9]
        batch = {b"data": data, b"labels": labels, b"batch_label": b"b"}
        write(root / "cifar-10-batches-py" / name, pickle.dumps(batch, protocol=2))
        rows = np.concatenate([np.uint8(labels)[:, None], data], axis=1)
        write(root / "binary" / "cifar-10-batches-bin" / f"{name}.bin", rows.tobytes())


def cifar100(root: Path) -> None:
    names = {kind: [f"{kind} {i}" for i in range(n)] for kind, n in (("fine", 100), ("coarse", 20))}
    meta = {f"{kind}_label_names": listed for kind, listed in names.items()}
    write(root / "cifar-100-python" / "meta", pickle.dumps(meta, protocol=2))
    binary = root / "binary" / "cifar-100-binary"
    for kind, listed in names.items():
        write(binary / f"{kind}_label_names.txt", "\n".join(n.replace(" ", "_") for n in listed))
    for name in ("train", "test"):
        data, fine, coarse = pixels(20, 3072), list(range(80, 100)), list(range(20))
        batch = {"data": data, "fine_labels": fine, "coarse_labels": coarse}
        write(root / "cifar-100-python" / name, pickle.dumps(batch, protocol=2))
        rows = np.concatenate([np.uint8([coarse, fine]).T, data], axis=1)
        write(binary / f"{name}.bin", rows.tobytes())


def idx(array: np.ndarray) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + bytes(array)
    )


def mnist(root: Path) -> None:
    for folder, compressed in (("MNIST/raw", True), ("FashionMNIST", False), ("KMNIST", True)):
        for start, count in (("train", 12), ("t10k", 5)):
            for name, array in (
                ("images-idx3", pixels(count, 28, 28)),
                ("labels-idx1", np.arange(count, dtype=np.uint8) % 10),
            ):
                path = root / folder / f"{start}-{name}-ubyte{'.gz' * compressed}"
                write(path, gzip.compress(idx(array)) if compressed else idx(array))


def svhn(root: Path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    (root / "SVHN").mkdir()
    for name in ("train", "test", "extra"):
        labels = np.arange(1, 11, dtype=np.uint8)[:, None]
        variables = {"X": pixels(32, 32, 3, 10), "y": labels}
        scipy_io.savemat(root / "SVHN" / f"{name}_32x32.mat", variables)


def stl10(root: Path) -> None:
    for name, count in (("train", 10), ("test", 3), ("unlabeled", 2)):
        write(root / "stl10_binary" / f"{name}_X.bin", pixels(count, 3, 96, 96).tobytes())
        if name != "unlabeled":
            labels = np.arange(count, dtype=np.uint8) % 10 + 1
            write(root / "stl10_binary" / f"{name}_y.bin", labels.tobytes())


def tiny_imagenet(root: Path) -> None:
    folder = root / "tiny-imagenet-200"
    write(folder / "wnids.txt", "n2\nn1\n")
    write(folder / "words.txt", "n1\tgoldfish\nn2\tnewt, eft\n")
    write(folder / "val" / "val_annotations.txt", "val_0.JPEG\tn2\t0\t0\t1\t1\nval_1.JPEG\tn1\t0\n")
    for i in range(2):
        save(folder / "val" / "images" / f"val_{i}.JPEG", pixels(64, 64, 3))
        save(folder / f"train/n{i + 1}/images/n{i + 1}_0.JPEG", pixels(64, 64, 3))
        write(folder / f"train/n{i + 1}/n{i + 1}_boxes.txt", "n_0.JPEG\t0\t0\t1\t1\n")


def imagenet(root: Path) -> None:
    for wordnet in ("n01", "n02", "n03"):
        save(root / "ImageNet" / "train" / wordnet / f"{wordnet}_1.JPEG", pixels(20, 30, 3))
    save(root / "ImageNet" / "val" / "n03" / "ILSVRC2012_val_00000001.JPEG", pixels(20, 30, 3))
    flat = root / "flat" / "ImageNet"
    scipy_io = pytest.importorskip("scipy.io")
    kinds = [("ILSVRC2012_ID", float), ("WNID", object), ("words", object), ("num_children", float)]
    rows = [(1, "n03", "c", 0), (2, "n01", "a", 0), (3, "n02", "b", 0), (4, "n00", "all", 3)]
    devkit = flat / "ILSVRC2012_devkit_t12" / "data"
    write(devkit / "ILSVRC2012_validation_ground_truth.txt", "2\n1\n")
    scipy_io.savemat(devkit / "meta.mat", {"synsets": np.array(rows, kinds)[:, None]})
    for i in (1, 2):
        save(flat / "val" / f"ILSVRC2012_val_0000000{i}.JPEG", pixels(20, 30, 3))


def image_folder(root: Path) -> None:
    for name in ("train/cat/b.png", "train/cat/a.jpg", "train/dog/deep/c.png", "val/dog/d.png"):
        save(root / "pets" / name, pixels(6, 8, 3))
    write(root / "pets" / "train" / "cat" / "notes.txt", "not an image")


def camvid(root: Path) -> None:
    for part in ("train", "val", "test"):
        lines = [
            f"/SegNet/CamVid/{part}/{i}.png /SegNet/CamVid/{part}annot/{i}.png" for i in (0, 1)
        ]
        write(root / "CamVid" / f"{part}.txt", "\n".join(lines) + "\n")
        for i in range(2):
            save(root / "CamVid" / part / f"{i}.png", pixels(6, 8, 3))
            save(
                root / "CamVid" / f"{part}annot" / f"{i}.png",
                np.arange(48, dtype=np.uint8).reshape(6, 8) % 12,
            )


def cityscapes(root: Path) -> None:
    for part in ("train", "val", "test"):
        stem = "ulm/ulm_000000_000019"
        labels = np.arange(32, dtype=np.uint8).reshape(4, 8) + 2
        save(root / "cityscapes/leftImg8bit" / part / f"{stem}_leftImg8bit.png", pixels(4, 8, 3))
        save(root / "cityscapes/gtFine" / part / f"{stem}_gtFine_labelIds.png", labels)
        save(root / "cityscapes/gtFine" / part / f"{stem}_gtFine_instanceIds.png", labels)


def voc(root: Path) -> None:
    folder = root / "VOCdevkit" / "VOC2012"
    for part, stems in (("train", ["a"]), ("val", ["b"]), ("trainval", ["a", "b"])):
        write(folder / "ImageSets" / "Segmentation" / f"{part}.txt", "\n".join(stems) + "\n")
    for stem in "ab":
        save(folder / "JPEGImages" / f"{stem}.jpg", pixels(4, 6, 3))
        labels = as_image(np.uint8([[0, 1, 20, 255, 0, 15]] * 4)).convert("P")
        labels.putpalette([i for i in range(256) for _ in range(3)])
        (folder / "SegmentationClass").mkdir(exist_ok=True)
        labels.save(folder / "SegmentationClass" / f"{stem}.png")


def ade20k(root: Path) -> None:
    folder = root / "ADEChallengeData2016"
    rows = [f"{i}\t0.1\t1\t1\t0\tthing {i}, other name" for i in range(1, 151)]
    write(folder / "objectInfo150.txt", "\n".join(["Idx\tRatio\tTrain\tVal\tStuff\tName", *rows]))
    for part, name in (("training", "ADE_train_1"), ("validation", "ADE_val_1")):
        save(folder / "images" / part / f"{name}.jpg", pixels(4, 6, 3))
        save(folder / "annotations" / part / f"{name}.png", np.uint8([[0, 1, 2, 150, 9, 9]] * 4))


def vistas(root: Path) -> None:
    folder = root / "mapillary-vistas"
    names = (("Bird", True), ("Ego Vehicle", False), ("Curb", True), ("Unlabeled", False))
    labels = [
        {"name": n.lower(), "readable": n, "evaluate": e, "color": [i, 2, 3], "instances": False}
        for i, (n, e) in enumerate(names)
    ]
    write(folder / "config.json", json.dumps({"labels": labels, "version": "1.2"}))
    for part in ("training", "validation"):
        save(folder / part / "images" / "x.jpg", pixels(2, 4, 3))
        save(folder / part / "labels" / "x.png", np.uint8([[0, 1, 2, 3]] * 2))


WRITERS: list[Callable[[Path], None]] = [
    *(cifar10, cifar100, mnist, svhn, stl10, tiny_imagenet, imagenet, image_folder),
    *(camvid, cityscapes, voc, ade20k, vistas),
]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of datasets that no test changes."""
    folder = tmp_path_factory.mktemp("datasets")
    for writer in WRITERS:
        writer(folder)
    return folder


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    """The miniatures, to be damaged."""
    return copytree(written, tmp_path / "datasets")


@pytest.fixture
def library(written: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, as the one in which datasets are looked for."""
    monkeypatch.setenv("LABWORK_DATASETS", str(written))
    monkeypatch.chdir(data_folder)
    return written
