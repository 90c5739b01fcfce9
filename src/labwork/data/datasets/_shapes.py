"""Shapes to be told apart pixel by pixel."""

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._indexing import Indices
from labwork.data._rng import SampleRng
from labwork.data.datasets._subsets import IGNORE, check_positive
from labwork.data.datasets._synthetic import SyntheticDataset

__all__ = ["Shapes"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_CLASSES = {
    "background": (0, 0, 0),
    "disc": (230, 80, 60),
    "square": (60, 160, 80),
    "triangle": (70, 100, 220),
}


class Shapes(SyntheticDataset):
    """Discs, squares and triangles of random colors and sizes, with a label for each pixel.

    It needs no files and shows whether training for segmentation works. Color tells nothing about
    the class. Fields: ``image``, float32 of shape (3, H, W) in [0, 1], and ``label``, int64 of
    shape (H, W): 0 for the background, 1 to 3 for the shapes, and -1 in a border one pixel wide,
    where a label map of photos often has no class.

    Args:
        subset: ``train``, ``val`` or ``test``.
        size: the height and the width, at least 8.
        shape_count: how many shapes an image has; later ones cover earlier ones.
        length: how many images a subset has.
        noise: the share of noise in the image, from 0 to 1.
        seed: another seed gives other images.

    Raises:
        ConfigError: where the subset isn't known, the length or ``shape_count`` isn't a positive
            integer, or the size is too small.

    >>> sample = Shapes("train", size=24)[0]
    >>> sample.image.shape, sample.label.shape
    (torch.Size([3, 24, 24]), torch.Size([24, 24]))
    """

    def __init__(
        self,
        subset: str,
        *,
        size: int = 32,
        shape_count: int = 3,
        length: int = 1000,
        noise: float = 0.2,
        seed: int = 0,
    ) -> None:
        check_positive(shape_count, "Shapes: shape_count")
        if size < 8:
            raise ConfigError(f"Shapes: the size must be 8 or more, not {size}")
        info = {
            "class_count": len(_CLASSES),
            "class_names": tuple(_CLASSES),
            "task": "segmentation",
            "ignore_label": IGNORE,
            "colors": tuple(_CLASSES.values()),
        }
        options = {"size": size, "shape_count": shape_count, "noise": noise}
        super().__init__(subset, length, seed, info, options)
        self._size, self._shape_count, self._noise = size, shape_count, noise

    def draw(self, indices: Indices, rng: SampleRng) -> Batch:
        """The images at ``indices``, shape (N, 3, H, W), and their label maps (N, H, W)."""
        count, size = len(indices), self._size
        image = np.broadcast_to(rng.uniform(size=(3, 1, 1)), (count, 3, size, size)).copy()
        label = np.zeros((count, size, size), np.int64)
        for _ in range(self._shape_count):
            kind = rng.integers(1, len(_CLASSES))[:, None, None]
            mask = _mask(kind, rng, size)
            label = np.where(mask, kind, label)
            image = np.where(mask[:, None], rng.uniform(size=(3, 1, 1)), image)
        image = (1 - self._noise) * image + self._noise * rng.uniform(size=(3, size, size))
        label[:, [0, -1], :] = label[:, :, [0, -1]] = IGNORE
        return Batch(image=torch.from_numpy(image).float(), label=torch.from_numpy(label))


def _mask(kind: NDArray[np.int64], rng: SampleRng, size: int) -> Mask:
    """Which pixels (N, H, W) a shape of each image covers."""
    radius = rng.uniform(size / 8, size / 4, (1, 1))
    center = rng.uniform(size / 8, 7 * size / 8, (2, 1, 1))
    grid = np.arange(size) + 0.5
    y = (grid[:, None] - center[:, 0]) / radius
    x = (grid[None, :] - center[:, 1]) / radius
    return np.select([kind == 1, kind == 2], [_disc(y, x), _square(y, x)], _triangle(y, x))


def _disc(y: Floats, x: Floats) -> Mask:
    return y * y + x * x <= 1


def _square(y: Floats, x: Floats) -> Mask:
    return np.maximum(np.abs(y), np.abs(x)) <= 0.9


def _triangle(y: Floats, x: Floats) -> Mask:
    return (y <= 0.9) & (np.abs(x) <= (y + 1) / 1.9)
