"""ImageNet, as in the challenge of 2012."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, class_folders, list_images, read_mat
from labwork.data.datasets._photos import PhotoDataset, files_of_classes
from labwork.data.datasets._subsets import check_subset, described

__all__ = ["ImageNet"]

_ORIGIN = Origin(
    "ImageNet",
    ("ImageNet", "imagenet", "ILSVRC2012", "ILSVRC/Data/CLS-LOC"),
    "https://image-net.org/challenges/LSVRC/2012/",
)
_DEVKIT = "ILSVRC2012_devkit_t12/data"


class ImageNet(PhotoDataset):
    """1.3 million photos in 1,000 classes: the challenge of 2012 (Russakovsky et al., 2015).

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64: the place of the class in
    the sorted list of WordNet's names, which are ``class_names`` too. It reads what
    https://image-net.org/challenges/LSVRC/2012/ gives, in ``ImageNet``: ``train/n01440764/….JPEG``
    and ``val``, either with the same folders or with all files in one, as they come. The latter
    needs the unpacked ``ILSVRC2012_devkit_t12`` next to ``val``, and SciPy to read it.

    Args:
        subset: ``train`` (1,281,167) or ``val`` (50,000).
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing or damaged.

    >>> ImageNet("val")[0].label  # doctest: +SKIP
    tensor(65)
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val")

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "ImageNet")
        folder = _ORIGIN.folder(root)
        place = _ORIGIN.need(folder / subset)
        if subset == "train" or class_folders(place):
            classes = sorted({*class_folders(folder / "train"), *class_folders(folder / "val")})
            found = files_of_classes(place, classes)
        else:
            found, classes = _by_devkit(place, _ORIGIN.need(folder / _DEVKIT))
        super().__init__(described("ImageNet", subset, root=root), place, *found, classes)


def _by_devkit(place: Path, devkit: Path) -> tuple[tuple[list[str], list[int]], list[str]]:
    """The files of ``val`` with the numbers of their classes, and the classes."""
    names = list_images(place)
    by_number = _wordnet_names(_ORIGIN.need(devkit / "meta.mat"))
    classes = sorted(by_number.values())
    truth = _ORIGIN.need(devkit / "ILSVRC2012_validation_ground_truth.txt")
    numbers = [int(word) for word in truth.read_text("ascii").split()]
    if len(numbers) != len(names) or not by_number.keys() >= set(numbers):
        raise ConfigError(f"{truth} has {len(numbers)} labels, but {place} {len(names)} images")
    places = {name: number for number, name in enumerate(classes)}
    return (names, [places[by_number[number]] for number in numbers]), classes


def _wordnet_names(path: Path) -> dict[int, str]:
    """From the challenge's numbers of classes to WordNet's names; not those above the leaves."""
    synsets = np.atleast_1d(read_mat(path, "ImageNet").get("synsets", np.empty(0)))
    if not {"ILSVRC2012_ID", "WNID", "num_children"} <= set(synsets.dtype.names or ()):
        raise ConfigError(f"{path} isn't the list of classes of ImageNet's development kit")
    return {int(s["ILSVRC2012_ID"]): str(s["WNID"]) for s in synsets if int(s["num_children"]) == 0}
