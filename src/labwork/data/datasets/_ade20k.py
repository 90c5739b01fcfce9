"""ADE20K, as in the scene parsing challenge of 2016."""

from pathlib import Path
from typing import ClassVar

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin
from labwork.data.datasets._pairs import pairs_by_name
from labwork.data.datasets._scenes import SceneClasses, SceneDataset
from labwork.data.datasets._subsets import IGNORE, check_subset, described

__all__ = ["ADE20K"]

_ORIGIN = Origin("ADE20K", ("ADEChallengeData2016", "ADE20K"), "http://sceneparsing.csail.mit.edu/")
_FOLDERS = {"train": "training", "val": "validation"}
_CLASS_COUNT = 150


class ADE20K(SceneDataset):
    """22,210 photos with label maps of 150 classes (Zhou et al., 2017).

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64 of shape (H, W): the
    challenge's numbers less one, and -1 where a pixel has none. It reads the challenge's data of
    http://sceneparsing.csail.mit.edu/, unpacked to ``ADEChallengeData2016``.

    Args:
        subset: ``train`` (20,210) or ``val`` (2,000).
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, a file is missing or damaged, or an
            image or a label map has no partner.

    >>> ADE20K("val").info["class_names"][0]  # doctest: +SKIP
    'wall'
    """

    subsets: ClassVar[tuple[str, ...]] = tuple(_FOLDERS)

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "ADE20K")
        folder = _ORIGIN.folder(root)
        part = _FOLDERS[subset]
        pairs = pairs_by_name(_ORIGIN, folder, f"images/{part}", f"annotations/{part}")
        numbers = {number: number - 1 if number else IGNORE for number in range(_CLASS_COUNT + 1)}
        classes = SceneClasses(_names(_ORIGIN.need(folder / "objectInfo150.txt")), (), numbers)
        super().__init__(described("ADE20K", subset, root=root), folder, pairs, classes)


def _names(path: Path) -> tuple[str, ...]:
    """The first of the names in the last column of each line but the heading."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:] if line]
    if len(rows) != _CLASS_COUNT:
        raise ConfigError(f"{path} names {len(rows)} classes, but there are {_CLASS_COUNT}")
    return tuple(row[-1].split(",")[0].strip() for row in rows)
