"""Tiny ImageNet."""

from pathlib import Path
from typing import ClassVar

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin
from labwork.data.datasets._photos import PhotoDataset, files_of_classes
from labwork.data.datasets._subsets import check_subset, described

__all__ = ["TinyImageNet"]

_ORIGIN = Origin(
    "TinyImageNet",
    ("tiny-imagenet-200", "TinyImageNet"),
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
)


class TinyImageNet(PhotoDataset):
    """Color images of 64×64 pixels in 200 of ImageNet's classes (Stanford's course CS231n).

    Fields: ``image``, uint8 of shape (3, 64, 64), and ``label``, int64: the place of the class in
    the sorted list of WordNet's names. It reads http://cs231n.stanford.edu/tiny-imagenet-200.zip,
    unpacked to ``tiny-imagenet-200``.

    Args:
        subset: ``train`` (100,000) or ``val`` (10,000); the test images have no labels.
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing or damaged.

    >>> TinyImageNet("val")[0].image.shape  # doctest: +SKIP
    torch.Size([3, 64, 64])
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val")

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "TinyImageNet")
        folder = _ORIGIN.folder(root)
        classes = sorted(_ORIGIN.need(folder / "wnids.txt").read_text("utf-8").split())
        place = _ORIGIN.need(folder / subset)
        is_train = subset == "train"
        found = files_of_classes(place, classes, "images") if is_train else _val(place, classes)
        names = _words(folder, classes)
        super().__init__(described("TinyImageNet", subset, root=root), place, *found, names)


def _val(place: Path, classes: list[str]) -> tuple[list[str], list[int]]:
    path = _ORIGIN.need(place / "val_annotations.txt")
    numbers = {name: number for number, name in enumerate(classes)}
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line]
    wrong = next((row for row in rows if len(row) < 2 or row[1] not in numbers), None)
    if wrong is not None:
        raise ConfigError(f"{path} is damaged: no class of wnids.txt is in the line {wrong}")
    return [f"images/{row[0]}" for row in rows], [numbers[row[1]] for row in rows]


def _words(folder: Path, classes: list[str]) -> list[str]:
    lines = _ORIGIN.need(folder / "words.txt").read_text("utf-8").splitlines()
    words = dict(line.split("\t", 1) for line in lines if "\t" in line)
    return [words.get(name, name) for name in classes]
