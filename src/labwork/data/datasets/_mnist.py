"""MNIST, FashionMNIST and KMNIST: one layout, three sources."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, read_idx
from labwork.data.datasets._pixels import PixelDataset
from labwork.data.datasets._subsets import check_subset, described, part_of_trainval

__all__ = ["MNIST", "FashionMNIST", "KMNIST"]

_FILES = tuple(
    f"{start}-{what}-ubyte.gz"
    for start in ("train", "t10k")
    for what in ("images-idx3", "labels-idx1")
)


def _from(folders: tuple[str, ...], page: str, *md5: str) -> Origin:
    return Origin(folders[0], folders, page, dict(zip(_FILES, md5, strict=True)))


class _IdxDataset(PixelDataset):
    subsets: ClassVar[tuple[str, ...]] = ("trainval", "train", "val", "test")
    _origin: ClassVar[Origin]
    _classes: ClassVar[tuple[str, ...]]

    def __init__(
        self, subset: str, *, root: Path | str | None = None, verify: bool = False
    ) -> None:
        check_subset(subset, self.subsets, self._origin.name)
        start = "t10k" if subset == "test" else "train"
        folder = self._origin.folder(root)
        images = self._read(folder, f"{start}-images-idx3-ubyte", 3, verify)
        labels = self._read(folder, f"{start}-labels-idx1-ubyte", 1, verify)
        chosen = part_of_trainval(subset, len(images), len(images) // 6)
        description = described(self._origin.name, subset, root=root)
        super().__init__(description, images[chosen, None], labels[chosen], self._classes)

    def _read(self, folder: Path, name: str, rank: int, verify: bool) -> NDArray[np.uint8]:
        inner = folder / "raw" if (folder / "raw").is_dir() else folder
        plain = inner / name
        path = plain if plain.exists() else inner / f"{name}.gz"
        array = read_idx(self._origin.verified(path, verify))
        if array.ndim != rank:
            raise ConfigError(f"{path} has {array.ndim} dimensions, but {rank} are needed")
        return array


class MNIST(_IdxDataset):
    """70,000 grey images of handwritten digits, 28×28 pixels (LeCun, Cortes and Burges).

    Fields: ``image``, float32 of shape (1, 28, 28) in [0, 1], and ``label``, int64 from 0 to 9.
    It reads the four idx files of https://yann.lecun.org/exdb/mnist/, compressed by gzip or not,
    in ``MNIST`` or ``MNIST/raw``.

    Args:
        subset: ``trainval``, the 60,000 training images; ``train`` and ``val``, their first five
            sixths (50,000) and the rest (10,000); or ``test``.
        root: the folder to look in, instead of the folders of datasets.
        verify: whether to compare compressed files with their published checksums.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing, damaged, or another one
            than the published one.

    >>> MNIST("test")[0].image.shape  # doctest: +SKIP
    torch.Size([1, 28, 28])
    """

    _origin: ClassVar[Origin] = _from(
        ("MNIST", "mnist"),
        "https://yann.lecun.org/exdb/mnist/",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    )
    _classes: ClassVar[tuple[str, ...]] = tuple("0123456789")


class FashionMNIST(_IdxDataset):
    """70,000 grey images of clothes, 28×28 pixels, in ten classes (Xiao, Rasul and Vollgraf, 2017).

    It reads the four files of https://github.com/zalandoresearch/fashion-mnist in ``FashionMNIST``
    or ``FashionMNIST/raw``; fields, arguments and errors are those of ``MNIST``.

    >>> FashionMNIST("val").info["class_names"][0]  # doctest: +SKIP
    'T-shirt/top'
    """

    _origin: ClassVar[Origin] = _from(
        ("FashionMNIST", "fashion-mnist"),
        "https://github.com/zalandoresearch/fashion-mnist",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    )
    _classes: ClassVar[tuple[str, ...]] = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )


class KMNIST(_IdxDataset):
    """70,000 grey images of cursive Japanese characters, 28×28 pixels (Clanuwat et al., 2018).

    It reads the four files of https://github.com/rois-codh/kmnist in ``KMNIST`` or ``KMNIST/raw``;
    fields, arguments and errors are those of ``MNIST``.

    >>> KMNIST("val").info["class_names"][:2]  # doctest: +SKIP
    ('o', 'ki')
    """

    _origin: ClassVar[Origin] = _from(
        ("KMNIST", "kmnist"),
        "https://github.com/rois-codh/kmnist",
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    )
    _classes: ClassVar[tuple[str, ...]] = (
        "o",
        "ki",
        "su",
        "tsu",
        "na",
        "ha",
        "ma",
        "ya",
        "re",
        "wo",
    )
