"""Images in files, each of one class."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._caches import files_identity
from labwork.data._dataset import Dataset
from labwork.data._record import Record
from labwork.data.datasets._files import class_folders, list_images, pack_names, read_image
from labwork.data.datasets._subsets import class_info

__all__ = ["PhotoDataset", "files_of_classes"]


class PhotoDataset(Dataset):
    """Images in files, decoded when a sample's image is first read, and their classes.

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64.

    Args:
        description: what its repr says.
        folder: what the names of files are relative to.
        names: the files.
        labels: the number of each one's class.
        class_names: the names of the classes, in the order of their numbers.

    Raises:
        ConfigError: where there are no files.
    """

    runs_code = False

    def __init__(
        self,
        description: str,
        folder: Path,
        names: Sequence[str],
        labels: Sequence[int],
        class_names: Sequence[str],
    ) -> None:
        self._names = pack_names(folder, list(names))
        self._labels = np.array(labels, np.int64)
        self._description, self._folder = description, folder
        self._class_names = tuple(class_names)

    @property
    def info(self) -> Mapping[str, Any]:
        """``class_count``, ``class_names``, ``task`` and ``ignore_label``."""
        return class_info("classification", self._class_names)

    @property
    def labels(self) -> Mapping[str, NDArray[Any]]:
        """All labels, ``{"label": int64 of shape (N,)}``, without opening a file."""
        return {"label": self._labels.copy()}

    def __len__(self) -> int:
        return len(self._labels)

    def get(self, index: int) -> Record:
        """The image at ``index``, not decoded yet, and its label."""
        path = self._folder / os.fsdecode(self._names[index])
        return Record(image_=lambda: read_image(path), label=torch.tensor(self._labels[index]))

    def identity(self) -> Any:
        return files_identity(self._folder, map(os.fsdecode, self._names)), self._labels

    def __repr__(self) -> str:
        return self._description


def files_of_classes(
    folder: Path, classes: Sequence[str], inside: str = ""
) -> tuple[list[str], list[int]]:
    """The images in a folder with one folder a class, and the numbers of their classes.

    Args:
        folder: the folder that holds the classes' folders.
        classes: the names of the classes, in the order of their numbers.
        inside: where in a class's folder its images are.

    Raises:
        ConfigError: where a folder isn't one of the classes.
    """
    names: list[str] = []
    labels: list[int] = []
    numbers = {name: number for number, name in enumerate(classes)}
    for name in class_folders(folder):
        if name not in numbers:
            raise ConfigError(f"{folder / name} isn't a folder of one of the classes")
        place = f"{name}/{inside}" if inside else name
        found = list_images(folder / place)
        names += [f"{place}/{file}" for file in found]
        labels += [numbers[name]] * len(found)
    return names, labels
