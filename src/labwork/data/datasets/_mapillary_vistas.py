"""Mapillary Vistas, version 1.2."""

import json
from pathlib import Path
from typing import ClassVar

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin
from labwork.data.datasets._pairs import pairs_by_name
from labwork.data.datasets._scenes import SceneClasses, SceneDataset
from labwork.data.datasets._subsets import IGNORE, check_subset, described

__all__ = ["MapillaryVistas"]

_ORIGIN = Origin(
    "MapillaryVistas",
    ("mapillary-vistas", "MapillaryVistas", "mapillary-vistas-dataset_public_v1.2"),
    "https://www.mapillary.com/dataset/vistas",
)
_FOLDERS = {"train": "training", "val": "validation"}


class MapillaryVistas(SceneDataset):
    """20,000 street scenes from all continents in 65 classes (Neuhold et al., 2017).

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64 of shape (H, W), -1 where a
    pixel's class isn't evaluated. It reads version 1.2 of https://www.mapillary.com/dataset/vistas,
    unpacked to ``mapillary-vistas``; the classes are those that its ``config.json`` says are
    evaluated.

    Args:
        subset: ``train`` (18,000) or ``val`` (2,000); the labels of the test images aren't public.
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, a file is missing or damaged, or an
            image or a label map has no partner.

    >>> MapillaryVistas("val").info["class_count"]  # doctest: +SKIP
    65
    """

    subsets: ClassVar[tuple[str, ...]] = tuple(_FOLDERS)

    def __init__(self, subset: str, *, root: Path | str | None = None) -> None:
        check_subset(subset, self.subsets, "MapillaryVistas")
        folder = _ORIGIN.folder(root)
        part = _FOLDERS[subset]
        classes = _read_classes(_ORIGIN.need(folder / "config.json"))
        pairs = pairs_by_name(_ORIGIN, folder, f"{part}/images", f"{part}/labels")
        super().__init__(described("MapillaryVistas", subset, root=root), folder, pairs, classes)


def _read_classes(path: Path) -> SceneClasses:
    try:
        labels = json.loads(path.read_text("utf-8"))["labels"]
        evaluated = [number for number, label in enumerate(labels) if label["evaluate"]]
        names = tuple(str(labels[number]["readable"]) for number in evaluated)
        colors = [[int(c) for c in labels[number]["color"]] for number in evaluated]
        triples = tuple((red, green, blue) for red, green, blue in colors)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} doesn't describe the classes of Vistas: {error!r}") from error
    numbers = dict.fromkeys(range(len(labels)), IGNORE)
    return SceneClasses(names, triples, {**numbers, **{n: i for i, n in enumerate(evaluated)}})
