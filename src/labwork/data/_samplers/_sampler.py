"""What a sampler is."""

from abc import ABC, abstractmethod
from typing import Any, Protocol

__all__ = ["Order", "Sampler"]


class Order(Protocol):
    """Indices that are asked for by slices: an array, a range, or what computes them."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: slice, /) -> Any: ...


class Sampler(ABC):
    """Says which samples an epoch has and in what order, as a function of (seed, epoch).

    A batch is what stands at the next ``batch_size`` places of the order. A subclass defines
    ``order``, and ``count`` where an epoch has not as many samples as the dataset.

    >>> import numpy as np
    >>> from labwork.data import ArrayDataset, DataLoader
    >>> class Backwards(Sampler):
    ...     def order(self, dataset, batch_size, seed, epoch):
    ...         return np.arange(len(dataset))[::-1]
    >>> loader = DataLoader(ArrayDataset(x=range(5)), batch_size=3, sampler=Backwards())
    >>> [batch.x.tolist() for batch in loader]
    [[4, 3, 2], [1, 0]]
    """

    def count(self, dataset: Any) -> int:
        """How many samples an epoch has."""
        return len(dataset)

    @abstractmethod
    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Order:
        """The indices of an epoch's samples, ``count(dataset)`` of them."""

    def check(self, dataset: Any) -> None:
        """Raises ConfigError where the sampler doesn't fit the dataset; a loader calls this."""
