"""Many samples of a dataset at once, arranged as their indices are."""

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._batch import Batch
from labwork.data._dataset import Dataset

__all__ = ["Over", "gather"]


def gather(base: Dataset, indices: NDArray[np.int64]) -> Any:
    """One sample for one index; else a batch with the dimensions of ``indices`` in front."""
    if indices.ndim == 0:
        return base.get(int(indices))
    flat = base.get_batch(indices.reshape(-1))
    return Batch({name: _arranged(value, indices.shape) for name, value in flat.items()})


def _arranged(values: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(values, Tensor):
        return values.reshape(*shape, *values.shape[1:])
    if len(shape) == 1:
        return values
    size = len(values) // shape[0]
    return [_arranged(values[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


class Over(Dataset):
    """What datasets over the samples of another one have in common."""

    def __init__(self, base: Dataset) -> None:
        self._over(base)

    def _over(self, base: Dataset) -> None:
        self._base = base
        self.runs_code = base.runs_code
        self._augmentation_count = base._augmentation_count

    @property
    def allows_threads(self) -> bool:
        return self._base.allows_threads

    @property
    def info(self) -> Any:
        return self._base.info

    def at(self, seed: int, epoch: int) -> Dataset:
        base = self._base.at(seed, epoch)
        if base is self._base:
            return self
        moved = copy(self)
        moved._over(base)
        return moved
