"""Noisy copies of a pattern for each class."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray

from labwork.data._batch import Batch
from labwork.data._indexing import Indices
from labwork.data._rng import SampleRng
from labwork.data.datasets._subsets import IGNORE, check_positive
from labwork.data.datasets._synthetic import SyntheticDataset

__all__ = ["SyntheticClassification"]


class SyntheticClassification(SyntheticDataset):
    """Images that are mixtures of their class's random pattern and of noise.

    It needs no files and is easy to learn, so it shows whether training works at all. Fields:
    ``image``, float32 of shape ``example_shape`` in [0, 1], and ``label``, int64. Classes come in
    turn: the label is the index modulo the number of classes. All subsets share the patterns.

    Args:
        subset: ``train``, ``val`` or ``test``.
        class_count: how many classes there are.
        example_shape: the shape of an image.
        length: how many images a subset has.
        noise: the share of noise, from 0 to 1.
        seed: another seed gives other patterns and noise.

    Raises:
        ConfigError: where the subset isn't known or the length or ``class_count`` isn't a
            positive integer.

    >>> sample = SyntheticClassification("train", class_count=3)[4]
    >>> sample.label, sample.image.shape
    (tensor(1), torch.Size([3, 32, 32]))
    """

    def __init__(
        self,
        subset: str,
        *,
        class_count: int = 10,
        example_shape: Sequence[int] = (3, 32, 32),
        length: int = 1000,
        noise: float = 0.5,
        seed: int = 0,
    ) -> None:
        check_positive(class_count, "SyntheticClassification: class_count")
        info = {
            "class_count": class_count,
            "class_names": tuple(f"class {i}" for i in range(class_count)),
            "task": "classification",
            "ignore_label": IGNORE,
        }
        self._shape, self._noise = tuple(example_shape), noise
        options = {"class_count": class_count, "example_shape": self._shape, "noise": noise}
        super().__init__(subset, length, seed, info, options)
        self._patterns = self.shared_rng(class_count).uniform(size=self._shape)

    @property
    def labels(self) -> Mapping[str, NDArray[Any]]:
        """All labels, ``{"label": int64 of shape (N,)}``, without drawing an image."""
        return self._labels_in_turn(len(self._patterns))

    def draw(self, indices: Indices, rng: SampleRng) -> Batch:
        """The images at ``indices``, shape (N, *example_shape), and their labels (N,)."""
        labels = indices % len(self._patterns)
        noise = rng.uniform(size=self._shape)
        images = (1 - self._noise) * self._patterns[labels] + self._noise * noise
        return Batch(image=torch.from_numpy(images).float(), label=torch.from_numpy(labels))
