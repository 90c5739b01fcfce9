"""CIFAR-10 and CIFAR-100."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, cut_off, need_content, read_plain_pickle
from labwork.data.datasets._pixels import PixelDataset
from labwork.data.datasets._subsets import check_subset, described, part_of_trainval

__all__ = ["Cifar10", "Cifar100"]

Part = tuple[NDArray[np.uint8], NDArray[Any]]

_PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
_SUBSETS = ("trainval", "train", "val", "test")
_CIFAR10 = Origin(
    "Cifar10",
    ("cifar-10-batches-py", "cifar-10-batches-bin"),
    _PAGE,
    {
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
)
_CIFAR100 = Origin(
    "Cifar100",
    ("cifar-100-python", "cifar-100-binary"),
    _PAGE,
    {
        "train": "16019d7e3df5f24257cddd939b257f8d",
        "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
        "meta": "7973b15100ade9c7d40fb424638fde48",
    },
)
_NAMES = "airplane automobile bird cat deer dog frog horse ship truck"


class Cifar10(PixelDataset):
    """60,000 color images of 32×32 pixels in ten classes (Krizhevsky, 2009).

    Fields: ``image``, float32 of shape (3, 32, 32) in [0, 1], and ``label``, int64 from 0 to 9.
    It reads the "python version", whose pickles run nothing here, and the "binary version" of
    https://www.cs.toronto.edu/~kriz/cifar.html, unpacked to ``cifar-10-batches-py`` or
    ``cifar-10-batches-bin``.

    Args:
        subset: ``trainval``, the five training batches; ``train`` and ``val``, their first nine
            tenths (45,000) and the rest (5,000); or ``test``.
        root: the folder to look in, instead of the folders of datasets.
        verify: whether to compare the files of the python version with their published checksums.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing, empty, damaged, of other
            types, or another one than the published one.

    >>> Cifar10("trainval")[0].image.shape  # doctest: +SKIP
    torch.Size([3, 32, 32])
    """

    subsets: ClassVar[tuple[str, ...]] = _SUBSETS

    def __init__(
        self, subset: str, *, root: Path | str | None = None, verify: bool = False
    ) -> None:
        check_subset(subset, self.subsets, "Cifar10")
        folder = _CIFAR10.folder(root)
        names = [f"data_batch_{i}" for i in range(1, 6)] if subset != "test" else ["test_batch"]
        parts = [_read(_CIFAR10, folder, name, ("labels",), verify) for name in names]
        images, labels = _part(subset, parts)
        super().__init__(
            described("Cifar10", subset, root=root), images, labels, tuple(_NAMES.split())
        )


class Cifar100(PixelDataset):
    """60,000 color images of 32×32 pixels in 100 classes, or in 20 coarse ones (Krizhevsky, 2009).

    Fields: ``image``, float32 of shape (3, 32, 32) in [0, 1], and ``label``, int64. It reads the
    "python version", whose pickles run nothing here, and the "binary version" of
    https://www.cs.toronto.edu/~kriz/cifar.html, unpacked to ``cifar-100-python`` or
    ``cifar-100-binary``.

    Args:
        subset: ``trainval``, the training file; ``train`` and ``val``, its first nine tenths
            (45,000) and the rest (5,000); or ``test``.
        coarse: whether labels are those of the 20 superclasses.
        root: the folder to look in, instead of the folders of datasets.
        verify: whether to compare the files of the python version with their published checksums.

    Raises:
        ConfigError: as ``Cifar10``.

    >>> Cifar100("test", coarse=True).info["class_count"]  # doctest: +SKIP
    20
    """

    subsets: ClassVar[tuple[str, ...]] = _SUBSETS

    def __init__(
        self,
        subset: str,
        *,
        coarse: bool = False,
        root: Path | str | None = None,
        verify: bool = False,
    ) -> None:
        check_subset(subset, self.subsets, "Cifar100")
        folder = _CIFAR100.folder(root)
        kind = "coarse" if coarse else "fine"
        kinds = (f"{kind}_labels",) if not _is_binary(folder) else ("coarse_labels", "fine_labels")
        part = _read(_CIFAR100, folder, "test" if subset == "test" else "train", kinds, verify)
        images, labels = _part(subset, [part])
        if labels.ndim == 2:
            labels = labels[:, kinds.index(f"{kind}_labels")]
        description = described("Cifar100", subset, coarse=coarse or None, root=root)
        super().__init__(description, images, labels, _class_names(folder, kind, verify))


def _is_binary(folder: Path) -> bool:
    return any(folder.glob("*.bin"))


def _read(origin: Origin, folder: Path, name: str, labels: tuple[str, ...], verify: bool) -> Part:
    if _is_binary(folder):
        return _read_binary(origin.need(folder / f"{name}.bin"), len(labels))
    path = origin.verified(folder / name, verify)
    batch = _with_text_keys(read_plain_pickle(path))
    try:
        images, classes = batch["data"], np.asarray(batch[labels[0]])
        if type(images) is not np.ndarray or images.dtype != np.uint8:
            raise TypeError(f"data must be uint8, not {_kind(images)}")
        if classes.dtype.kind not in "iu":
            raise TypeError(f"{labels[0]} must be integers, not {_kind(classes)}")
        return images.reshape(-1, 3, 32, 32), classes.astype(np.int64)
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} isn't a batch of {origin.name}: {error}") from error


def _kind(value: Any) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


def _read_binary(path: Path, label_count: int) -> Part:
    rows = np.fromfile(need_content(path), np.uint8)
    length = 3072 + label_count
    if extra := rows.size % length:
        raise cut_off(path, f"the last of its rows of {length:,} bytes has {extra:,}")
    rows = rows.reshape(-1, length)
    labels = rows[:, :label_count] if label_count > 1 else rows[:, 0]
    return rows[:, label_count:].reshape(-1, 3, 32, 32), labels


def _part(subset: str, parts: list[Part]) -> Part:
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    chosen = part_of_trainval(subset, len(images), len(images) // 10)
    return images[chosen], labels[chosen]


def _class_names(folder: Path, kind: str, verify: bool) -> tuple[str, ...]:
    if _is_binary(folder):
        text = _CIFAR100.need(folder / f"{kind}_label_names.txt").read_text("utf-8")
        return tuple(text.split())
    meta = _with_text_keys(read_plain_pickle(_CIFAR100.verified(folder / "meta", verify)))
    names = meta.get(f"{kind}_label_names", ())
    return tuple(_as_text(name) for name in names)


def _with_text_keys(batch: Any) -> dict[Any, Any]:
    return {_as_text(key): value for key, value in batch.items()} if type(batch) is dict else {}


def _as_text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
