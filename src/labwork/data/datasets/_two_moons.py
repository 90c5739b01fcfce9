"""Two moons."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from labwork.data._batch import Batch
from labwork.data._indexing import Indices
from labwork.data._rng import SampleRng
from labwork.data.datasets._subsets import IGNORE
from labwork.data.datasets._synthetic import SyntheticDataset

__all__ = ["TwoMoons"]


class TwoMoons(SyntheticDataset):
    """Points in the plane on two half circles that reach into each other, one a class.

    Fields: ``x``, float32 of shape (2,), and ``label``, int64, 0 for the upper half circle and 1
    for the lower one, in turn.

    Args:
        subset: ``train``, ``val`` or ``test``.
        length: how many points a subset has.
        noise: the standard deviation of what is added to the coordinates.
        seed: another seed gives other points.

    Raises:
        ConfigError: where the subset isn't known or the length isn't a positive integer.

    >>> TwoMoons("train", length=4, noise=0).labels["label"].tolist()
    [0, 1, 0, 1]
    """

    def __init__(
        self, subset: str, *, length: int = 1000, noise: float = 0.1, seed: int = 0
    ) -> None:
        info = {
            "class_count": 2,
            "class_names": ("upper", "lower"),
            "task": "classification",
            "ignore_label": IGNORE,
        }
        super().__init__(subset, length, seed, info, {"noise": noise})
        self._noise = noise

    @property
    def labels(self) -> Mapping[str, NDArray[Any]]:
        """All labels, ``{"label": int64 of shape (N,)}``, without drawing a point."""
        return self._labels_in_turn(2)

    def draw(self, indices: Indices, rng: SampleRng) -> Batch:
        """The points at ``indices``, shape (N, 2), and their labels (N,)."""
        labels = indices % 2
        angles = np.pi * rng.uniform()
        upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points = np.where(labels[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
        points = points + rng.normal(0.0, self._noise, (2,))
        return Batch(x=torch.from_numpy(points).float(), label=torch.from_numpy(labels))
