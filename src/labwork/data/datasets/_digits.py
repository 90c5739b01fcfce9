"""Handwritten digits: the small real images that come with scikit-learn."""

from functools import cache
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.core import import_extra, unknown_name
from labwork.data._arrays import ArrayDataset
from labwork.data.datasets._subsets import class_info

__all__ = ["Digits"]


class Digits(ArrayDataset):
    """1,797 grey images of handwritten digits, 8×8 pixels, in ten classes.

    Fields: ``image``, float32 of shape (1, 8, 8) in [0, 1], and ``label``, int64 from 0 to 9.
    The images are the test set of the UCI data set "Optical Recognition of Handwritten Digits"
    (https://doi.org/10.24432/C50P49), as scikit-learn ships them. They are divided here once and
    for all, at random, into ``train`` (1,297), ``val`` (200) and ``test`` (300); ``trainval``
    and ``all`` join them.

    Args:
        subset: one of ``train``, ``val``, ``test``, ``trainval`` and ``all``.

    Raises:
        ConfigError: where the subset isn't known or scikit-learn is missing.

    >>> digits = Digits("test")
    >>> digits, len(digits), digits[0].image.shape
    (Digits('test'), 300, torch.Size([1, 8, 8]))
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val", "test", "trainval", "all")

    def __init__(self, subset: str) -> None:
        if subset not in self.subsets:
            raise unknown_name("subset", subset, self.subsets, "Digits")
        images, labels = _load()
        chosen = _division()[subset]
        super().__init__(
            info=class_info("classification", tuple("0123456789")),
            image=torch.from_numpy(images[chosen]),
            label=torch.from_numpy(labels[chosen]),
        )
        self._subset = subset

    def __repr__(self) -> str:
        return f"Digits({self._subset!r})"


@cache
def _load() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    digits = import_extra("sklearn.datasets", "Digits").load_digits()
    images = (digits.images / 16.0).astype(np.float32)
    return images[:, None], digits.target.astype(np.int64)


@cache
def _division() -> dict[str, NDArray[np.int64]]:
    order = np.random.Generator(np.random.Philox(key=1797)).permutation(1797)
    train, val, test = np.split(order, [1297, 1497])
    trainval = np.concatenate([train, val])
    return {"train": train, "val": val, "test": test, "trainval": trainval, "all": order}
