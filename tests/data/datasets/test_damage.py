"""Files that are empty, cut off or changed are told, and what is of another type too."""

import hashlib
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from labwork.core import ConfigError
from labwork.data import datasets
from labwork.data.datasets import SVHN, Cifar10, Cifar100, _cifar, _mnist, _stl10, _svhn


class Kept(NamedTuple):
    """A file that a dataset reads; ``origin`` knows its checksum."""

    name: str
    file: str
    origin: Any = None
    root: str = ""


FILES = [
    Kept("Cifar10", "cifar-10-batches-py/data_batch_3", _cifar._CIFAR10),
    Kept("Cifar10", "cifar-10-batches-bin/data_batch_3.bin", root="binary"),
    Kept("Cifar100", "cifar-100-python/train", _cifar._CIFAR100),
    Kept("Cifar100", "cifar-100-python/meta", _cifar._CIFAR100),
    Kept("Cifar100", "cifar-100-binary/train.bin", root="binary"),
    Kept("MNIST", "MNIST/raw/train-images-idx3-ubyte.gz", _mnist.MNIST._origin),
    Kept("MNIST", "MNIST/raw/train-labels-idx1-ubyte.gz", _mnist.MNIST._origin),
    Kept("FashionMNIST", "FashionMNIST/train-images-idx3-ubyte"),
    Kept("FashionMNIST", "FashionMNIST/train-labels-idx1-ubyte"),
    Kept("KMNIST", "KMNIST/train-images-idx3-ubyte.gz", _mnist.KMNIST._origin),
    Kept("SVHN", "SVHN/train_32x32.mat", _svhn._ORIGIN),
    Kept("STL10", "stl10_binary/train_X.bin", _stl10._ORIGIN),
    Kept("STL10", "stl10_binary/train_y.bin", _stl10._ORIGIN),
]
each = pytest.mark.parametrize("kept", FILES, ids=[f"{k.root}{k.file}" for k in FILES])


def make(kept: Kept, root: Path, **options: Any) -> Any:
    return getattr(datasets, kept.name)("trainval", root=root / kept.root, **options)


@each
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_empty_and_cut_files_are_told(kept: Kept, share: float, copied: Path):
    path = copied / kept.root / kept.file
    content = path.read_bytes()
    # One byte less, so that rows without a header end in the middle of one.
    path.write_bytes(content[: max(0, int(share * len(content)) - 1)])
    with pytest.raises(ConfigError, match=r"get (it|them) again") as told:
        make(kept, copied)
    assert path.name in str(told.value)
    assert ("is empty" if path.stat().st_size == 0 else "cut off") in str(told.value)
    assert "\n" not in str(told.value)


@each
def test_a_changed_byte_is_told_where_a_checksum_is_known(
    kept: Kept, copied: Path, monkeypatch: pytest.MonkeyPatch
):
    if kept.origin is None:
        return
    path = copied / kept.root / kept.file
    for file in path.parent.iterdir():
        checksum = hashlib.md5(file.read_bytes()).hexdigest()
        monkeypatch.setitem(kept.origin.md5, file.name, checksum)
    make(kept, copied, verify=True)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"{path.name} isn't the published file.* again from"):
        make(kept, copied, verify=True)


PIXELS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("data", "labels", "message"),
    [
        (PIXELS.astype(np.float32), [0, 1], "data must be uint8, not float32"),
        (PIXELS.astype(np.int64), [0, 1], "data must be uint8, not int64"),
        (PIXELS.tolist(), [0, 1], "data must be uint8, not list"),
        (PIXELS, [0, 1.7], "labels must be integers, not float64"),
        (PIXELS, ["0", "1"], "labels must be integers, not "),
        (PIXELS, [True, False], "labels must be integers, not bool"),
    ],
)
@pytest.mark.parametrize("make_dataset", [Cifar10, Cifar100])
def test_other_types_are_refused(
    make_dataset: Any, data: Any, labels: list[Any], message: str, copied: Path
):
    kind = "" if make_dataset is Cifar10 else "fine_"
    folder = "cifar-100-python" if kind else "cifar-10-batches-py"
    file = copied / folder / ("test" if kind else "test_batch")
    file.write_bytes(pickle.dumps({"data": data, f"{kind}labels": labels}, protocol=2))
    with pytest.raises(ConfigError, match=rf"{file.name} isn't a batch .*: .*{message}"):
        make_dataset("test", root=copied)


@pytest.mark.parametrize("label", [1.5, 11, np.nan])
def test_labels_of_svhn_are_digits(label: float, copied: Path):
    scipy_io = pytest.importorskip("scipy.io")
    variables = {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.array([[1.0], [label]])}
    scipy_io.savemat(copied / "SVHN" / "test_32x32.mat", variables)
    with pytest.raises(ConfigError, match=r"test_32x32\.mat isn't a file of SVHN's cropped"):
        SVHN("test", root=copied)
