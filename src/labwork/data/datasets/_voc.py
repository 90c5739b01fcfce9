"""Pascal VOC 2012, segmentation."""

from pathlib import Path
from typing import ClassVar

from labwork.data.datasets._files import Origin
from labwork.data.datasets._pairs import pairs_listed
from labwork.data.datasets._scenes import SceneClasses, SceneDataset
from labwork.data.datasets._subsets import IGNORE, check_subset, described

__all__ = ["VOC2012Segmentation"]

_ORIGIN = Origin(
    "VOC2012Segmentation",
    ("VOCdevkit/VOC2012", "VOC2012"),
    "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
)
_NAMES = (
    "background,aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,dining table,dog,horse,"
    "motorbike,person,potted plant,sheep,sofa,train,tv monitor"
)
_VOID = 255


class VOC2012Segmentation(SceneDataset):
    """2,913 photos with label maps of 21 classes, background included (Everingham et al., 2015).

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64 of shape (H, W), -1 at the
    borders of objects. It reads http://host.robots.ox.ac.uk/pascal/VOC/voc2012/, unpacked to
    ``VOCdevkit/VOC2012``.

    Args:
        subset: ``train`` (1,464), ``val`` (1,449) or ``trainval``.
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing.

    >>> VOC2012Segmentation("val").info["class_count"]  # doctest: +SKIP
    21
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val", "trainval")

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "VOC2012Segmentation")
        folder = _ORIGIN.folder(root)
        listed = _ORIGIN.need(folder / "ImageSets" / "Segmentation" / f"{subset}.txt")
        stems = listed.read_text("ascii").split()
        pairs = [(f"JPEGImages/{stem}.jpg", f"SegmentationClass/{stem}.png") for stem in stems]
        super().__init__(
            described("VOC2012Segmentation", subset, root=root),
            folder,
            pairs_listed(_ORIGIN, folder, listed, pairs),
            _classes(),
        )


def _classes() -> SceneClasses:
    names = tuple(_NAMES.split(","))
    numbers = {**{i: i for i in range(len(names))}, _VOID: IGNORE}
    return SceneClasses(names, tuple(_color(i) for i in range(len(names))), numbers)


def _color(number: int) -> tuple[int, int, int]:
    """The palette of VOC: the bits of a number, three at a time, give the highest bits first."""
    red, green, blue = (
        sum((number >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(8))
        for channel in range(3)
    )
    return red, green, blue
