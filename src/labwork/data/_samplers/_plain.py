"""Every sample once: as it stands, or in random order."""

from typing import Any

from labwork.data._rng import epoch_permutation, order_key
from labwork.data._samplers._computed_permutation import ComputedPermutation
from labwork.data._samplers._sampler import Order, Sampler

__all__ = ["Sequential", "Shuffled"]

_MOST_IN_MEMORY = 2**26  # indices, half a gigabyte


class Sequential(Sampler):
    """Each sample once, as they stand.

    >>> list(Sequential().order(range(4), batch_size=2, seed=0, epoch=3))
    [0, 1, 2, 3]
    """

    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Order:
        return range(len(dataset))

    def __repr__(self) -> str:
        return "Sequential()"


class Shuffled(Sampler):
    """Each sample once, in an order of each epoch's own.

    An epoch's order is drawn at once. Above 2^26 samples it is computed place by place instead,
    so that neither memory nor the time to begin anywhere grows with the dataset.

    >>> order = Shuffled().order(range(4), batch_size=2, seed=0, epoch=3)
    >>> sorted(order.tolist())
    [0, 1, 2, 3]
    >>> len(Shuffled().order(range(10**15), batch_size=2, seed=0, epoch=3)[:8])
    8
    """

    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Order:
        if len(dataset) <= _MOST_IN_MEMORY:
            return epoch_permutation(seed, epoch, len(dataset))
        return ComputedPermutation(order_key(seed, epoch), len(dataset))

    def __repr__(self) -> str:
        return "Shuffled()"
