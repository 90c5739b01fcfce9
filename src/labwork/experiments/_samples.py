"""Tiles of samples, for contact sheets."""

from typing import Any

import numpy as np

from labwork.core import ConfigError
from labwork.data import Dataset, Record
from labwork.data.augmentation import RandomFlip, RandomScaleCrop
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, read_arguments
from labwork.reporting import Tile

__all__ = ["sample_tiles"]


def sample_tiles(
    dataset: Dataset, count: int, jitter: str | None = None, seed: int = 0
) -> list[list[Tile]]:
    """A row of samples that are spread evenly, and below it the same ones augmented.

    Args:
        dataset: prepared; see ``get_prepared_data_for_trainer``.
        count: how many samples.
        jitter: an expression that gives an augmentation, or ``none``; by default samples are
            scaled by up to a half, cut to the size of the first one, and maybe flipped.
        seed: where the augmentation's draws come from.

    Raises:
        ConfigError: where samples have no field ``image``, of one channel or three.

    >>> from labwork.data import Digits
    >>> [len(row) for row in sample_tiles(Digits("test"), 3, "RandomShift(2)")]
    [3, 3]
    """
    height, width = _image_size(dataset)
    places = np.linspace(0, len(dataset) - 1, min(count, len(dataset))).round().astype(int)
    rows = [[_tile(dataset[i], dataset.info, f"sample {i}") for i in places.tolist()]]
    if jitter != "none":
        plain = RandomScaleCrop((height, width), (0.75, 1.5)) >> RandomFlip()
        augmented = dataset.augment(_read_jitter(jitter) if jitter else plain).at(seed, 0)
        rows.append([_tile(augmented[i], dataset.info, "augmented") for i in places.tolist()])
    return rows


def _image_size(dataset: Dataset) -> tuple[int, int]:
    """(H, W) of the first image."""
    sample = dataset[0]
    if "image" not in sample:
        raise ConfigError(f"{dataset!r} has {', '.join(sample.keys())}, and no image to be drawn")
    channels, height, width = sample["image"].shape
    if channels not in (1, 3):
        raise ConfigError(f"images of 1 or 3 channels are drawn; those of {dataset!r}: {channels}")
    return height, width


def _read_jitter(text: str) -> Any:
    (expression,) = read_arguments(Source(text, "--jitter")).args
    return expression.evaluate(names("augmentation"), kind="augmentation")


def _tile(record: Record, info: Any, caption: str) -> Tile:
    image = record["image"].float().numpy()
    if "label" not in record:
        return Tile(image, caption)
    label = record["label"]
    if label.ndim == 2:
        return Tile(image, caption, label.numpy())
    return Tile(image, _class_name(label, info))


def _class_name(label: Any, info: Any) -> str:
    class_names = info.get("class_names", ())
    if label.ndim == 0 and 0 <= int(label) < len(class_names):
        return str(class_names[int(label)])
    return str(label.tolist())
