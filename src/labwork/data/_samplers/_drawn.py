"""Samples that are drawn with replacement."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._draws import draw_weighted
from labwork.data._samplers._sampler import Order, Sampler
from labwork.data._weights import balanced_weights, checked_weights, label_of

__all__ = ["ClassBalanced", "Weighted"]


class _Drawn(Sampler):
    """What draws by weights, one for each sample, or a label that they are made of."""

    def __init__(self, label: str | Sequence[Any], count: int | None = None) -> None:
        if count is not None and count < 1:
            raise ConfigError(f"an epoch has at least 1 sample, but count={count} was asked for")
        self._label, self._count = label, count

    @abstractmethod
    def _weights(self, dataset: Any) -> NDArray[np.float64]: ...

    def count(self, dataset: Any) -> int:
        return len(dataset) if self._count is None else self._count

    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Order:
        return draw_weighted(seed, self._weights(dataset), self.count(dataset), epoch)

    def check(self, dataset: Any) -> None:
        self._weights(dataset)

    def __repr__(self) -> str:
        given = repr(self._label) if isinstance(self._label, str) else f"<{len(self._label)}>"
        count = "" if self._count is None else f", {self._count}"
        return f"{type(self).__name__}({given}{count})"


class Weighted(_Drawn):
    """Samples drawn with replacement, each with a probability in proportion to its weight.

    Args:
        weights: one for each sample, or the name of the label that holds them.
        count: samples in an epoch; by default as many as the dataset has.

    Raises:
        ConfigError: where ``count`` is below 1; by the loader, where the weights don't fit the
            dataset, are negative or are all 0.

    >>> from labwork.data import ArrayDataset, DataLoader
    >>> loader = DataLoader(ArrayDataset(x=[5, 6, 7]), batch_size=4, sampler=Weighted([0, 1, 0], 4))
    >>> next(iter(loader)).x.tolist()
    [6, 6, 6, 6]
    """

    def __init__(self, weights: str | Sequence[float], count: int | None = None) -> None:
        super().__init__(weights, count)

    def _weights(self, dataset: Any) -> NDArray[np.float64]:
        weights = np.asarray(label_of(dataset, self._label), dtype=np.float64)
        return checked_weights(weights, len(dataset))


class ClassBalanced(_Drawn):
    """Samples drawn with replacement, so that each class is equally likely.

    Args:
        label: the name of the label that tells the class of a sample, or the classes themselves,
            shape (N,). Labels are known without reading an image; see ``Dataset.labels``.
        count: samples in an epoch; by default as many as the dataset has.

    Raises:
        ConfigError: where ``count`` is below 1; by the loader, where the dataset has no such
            label, or it names no classes.

    >>> from labwork.data import ArrayDataset, DataLoader
    >>> rare = ArrayDataset(label=[0] * 99 + [1])
    >>> loader = DataLoader(rare, batch_size=1000, sampler=ClassBalanced("label", 1000))
    >>> round(float(next(iter(loader)).label.float().mean()), 1)
    0.5
    """

    def __init__(self, label: str | Sequence[Any] = "label", count: int | None = None) -> None:
        super().__init__(label, count)

    def _weights(self, dataset: Any) -> NDArray[np.float64]:
        weights = balanced_weights(label_of(dataset, self._label), str(self._label)[:40])
        return checked_weights(weights, len(dataset))
