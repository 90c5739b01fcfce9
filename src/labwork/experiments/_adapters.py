"""Input adapters: what stands between the images and the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.data import DataLoader
from labwork.nn import Standardize

__all__ = ["Adapter", "identity", "standardize"]

_MOST_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Adapter:
    """What makes a module of the training data."""

    make: Callable[[Any], nn.Module]

    def __call__(self, dataset: Any) -> nn.Module:
        """The module."""
        return self.make(dataset)


def identity() -> Adapter:
    """Leaves images as they are, in [0, 1]."""
    return Adapter(lambda dataset: nn.Identity())


def standardize(
    mean: float | Sequence[float] | None = None, std: float | Sequence[float] | None = None
) -> Adapter:
    """Subtracts the mean and divides by the standard deviation, for each channel.

    Args:
        mean: by default that of the training images.
        std: likewise. Both are estimated from 10,000 images where there are more, and kept among
            the caches on the disk, for later runs on the same data.

    Raises:
        ConfigError: where one is given without the other.
    """
    if (mean is None) != (std is None):
        raise ConfigError("standardize takes both mean and std, or neither")

    def make(dataset: Any) -> nn.Module:
        if mean is None or std is None:
            return Standardize(*_remembered_statistics(dataset))
        return Standardize(mean, std)

    return Adapter(make)


def _remembered_statistics(dataset: Any) -> Any:
    try:
        return dataset.info_cache_hdd(statistics=_statistics).info["statistics"]
    except ConfigError:  # the data can't be told from others, or there is no place for caches
        return _statistics(dataset)


def _statistics(dataset: Any) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel of the field ``image``."""
    count = min(len(dataset), _MOST_SAMPLES)
    chosen = dataset[np.linspace(0, len(dataset) - 1, count).astype(int)]
    total, squares, pixels = torch.zeros(()), torch.zeros(()), 0
    for batch in DataLoader(chosen, batch_size=256):
        image = batch.image.double()
        total = total + image.sum((0, 2, 3))
        squares = squares + image.square().sum((0, 2, 3))
        pixels += image.numel() // image.shape[1]
    mean = total / pixels
    std = (squares / pixels - mean.square()).clamp(min=1e-12).sqrt()
    return mean.tolist(), std.tolist()
