"""Tiles of samples, for contact sheets."""

from typing import Any

import numpy as np

from labwork.data import Dataset, Record
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, read_arguments
from labwork.reporting import Tile

__all__ = ["sample_tiles"]


def sample_tiles(dataset: Dataset, count: int, jitter: str = "", seed: int = 0) -> list[list[Tile]]:
    """A row of samples that are spread evenly, and below it the same ones augmented.

    Args:
        dataset: prepared; see ``get_prepared_data_for_trainer``.
        count: how many samples.
        jitter: an expression that gives an augmentation, or empty.
        seed: where the augmentation's draws come from.

    >>> from labwork.data import Digits
    >>> [len(row) for row in sample_tiles(Digits("test"), 3, "RandomShift(2)")]
    [3, 3]
    """
    places = np.linspace(0, len(dataset) - 1, min(count, len(dataset))).round().astype(int)
    shown = [dataset]
    if jitter:
        shown.append(dataset.augment(_read_jitter(jitter)).at(seed, 0))
    return [[_tile(d[int(i)], dataset.info) for i in places] for d in shown]


def _read_jitter(text: str) -> Any:
    (expression,) = read_arguments(Source(text, "--jitter")).args
    return expression.evaluate(names("argument"))


def _tile(record: Record, info: Any) -> Tile:
    image = record["image"].float().numpy()
    if "label" not in record:
        return Tile(image)
    label = record["label"]
    if label.ndim == 2:
        return Tile(image, label_map=label.numpy())
    return Tile(image, _class_name(label, info))


def _class_name(label: Any, info: Any) -> str:
    class_names = info.get("class_names", ())
    if label.ndim == 0 and 0 <= int(label) < len(class_names):
        return str(class_names[int(label)])
    return str(label.tolist())
