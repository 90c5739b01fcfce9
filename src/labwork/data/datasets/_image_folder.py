"""Your own images, in one folder a class."""

from pathlib import Path
from typing import ClassVar

from labwork.core import ConfigError, unknown_name
from labwork.data.datasets._files import class_folders, find_dataset_folder
from labwork.data.datasets._photos import PhotoDataset, files_of_classes
from labwork.data.datasets._subsets import described

__all__ = ["ImageFolder"]

_USUAL = ("train", "trainval", "val", "valid", "validation", "test")


class ImageFolder(PhotoDataset):
    """Images in files, with one folder a class: ``ROOT/SUBSET/CLASS/….jpg``.

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64: the place of the class among
    the sorted names of classes. The classes are those of all the usual subsets together, so a
    number means the same class in each of them, even where one of them lacks a class.

    Args:
        subset: a folder in ``root``; without one, the folders of classes lie in ``root`` itself.
        root: the folder, relative to the current one or to the folders of datasets.

    Raises:
        ConfigError: where the folder, the subset or the images aren't there.

    >>> ImageFolder("train", root="flowers").info["class_names"]  # doctest: +SKIP
    ('daisy', 'rose')
    """

    subsets: ClassVar[tuple[str, ...]] = ()  # those that are there

    def __init__(self, subset: str = "", *, root: Path | str) -> None:
        place = _find(root)
        there = class_folders(place)
        if subset and subset not in there:
            raise unknown_name("subset", subset, there, f"ImageFolder of {place}")
        subsets = {subset, *(_USUAL if subset else ())}
        classes = sorted({name for s in subsets for name in class_folders(place / s)})
        if not classes:
            raise ConfigError(f"{place / subset} holds no folders, and each is to be a class")
        description = described("ImageFolder", subset, root=root)
        folder = place / subset
        super().__init__(description, folder, *files_of_classes(folder, classes), classes)


def _find(root: Path | str) -> Path:
    place = Path(root).expanduser().absolute()
    if place.is_dir():
        return place
    return find_dataset_folder([str(root)], "a folder with one folder of images a class")
