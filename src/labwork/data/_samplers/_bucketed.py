"""Batches of samples of like sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._draws import permutation
from labwork.data._indexing import Indices
from labwork.data._rng import epoch_permutation
from labwork.data._samplers._sampler import Order, Sampler
from labwork.data._weights import label_of

__all__ = ["Bucketed"]


class Bucketed(Sampler):
    """Each sample once, in random batches of samples of like lengths: little is padded.

    An epoch's samples are shuffled and cut into pools of ``pool`` batches; each pool is sorted by
    length and cut into batches, and the batches are shuffled. Which samples are in a last short
    batch doesn't depend on their lengths.

    Args:
        lengths: one for each sample, or the name of the label that holds them.
        pool: batches in a pool. The more, the more alike are the lengths in a batch, and the less
            random is who is with whom.

    Raises:
        ConfigError: where ``pool`` is below 1; by the loader, where the lengths don't fit the
            dataset.

    >>> from labwork.data import ArrayDataset, DataLoader
    >>> texts = ArrayDataset(length=[7, 1, 8, 2, 9, 3])
    >>> loader = DataLoader(texts, batch_size=2, sampler=Bucketed("length"))
    >>> sorted(sorted(batch.length.tolist()) for batch in loader)
    [[1, 2], [3, 7], [8, 9]]
    """

    def __init__(self, lengths: str | Sequence[float], pool: int = 100) -> None:
        if pool < 1:
            raise ConfigError(f"a pool has at least 1 batch, but pool={pool} was asked for")
        self._lengths, self._pool = lengths, pool

    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Order:
        lengths, shuffled = self._known(dataset), epoch_permutation(seed, epoch, len(dataset))
        full = len(dataset) // batch_size
        chosen, rest = np.split(shuffled, [full * batch_size])
        batches = self._sorted_in_pools(chosen, lengths, batch_size).reshape(full, batch_size)
        return np.concatenate([batches[permutation(seed, epoch, full)].reshape(-1), rest])

    def _sorted_in_pools(self, chosen: Indices, lengths: NDArray[Any], batch_size: int) -> Indices:
        pools = np.arange(len(chosen)) // (self._pool * batch_size)
        return chosen[np.lexsort((lengths[chosen], pools))]

    def check(self, dataset: Any) -> None:
        self._known(dataset)

    def _known(self, dataset: Any) -> NDArray[Any]:
        lengths = np.asarray(label_of(dataset, self._lengths))
        if lengths.shape != (len(dataset),):
            raise ConfigError(f"lengths of shape {lengths.shape} don't fit {len(dataset)} samples")
        return lengths

    def __repr__(self) -> str:
        given = self._lengths if isinstance(self._lengths, str) else f"<{len(self._lengths)}>"
        return f"Bucketed({given!r}, pool={self._pool})"
