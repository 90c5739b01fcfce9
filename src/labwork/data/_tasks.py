"""What a loader has to fetch: the batches of all epochs, and one rank's share of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from labwork.core import ConfigError
from labwork.data._fetch import Task
from labwork.data._samplers import Order, Sampler, check_sampler

__all__ = ["Tasks"]


class Tasks:
    """Batches as functions of (seed, epoch, position), of which none is made before its turn.

    Args:
        dataset: what is gone over.
        sampler: chooses and orders an epoch's samples.
        batch_size: samples in a batch, over all ranks together.
        seed: what the order is derived from.
        drop_last: whether to leave out a last batch that isn't full.
        rank: whose share of each batch it is.
        world_size: how many share a batch.

    Raises:
        ConfigError: where an epoch has no batch, or a batch can't be shared.
    """

    def __init__(
        self,
        dataset: Any,
        sampler: Sampler,
        *,
        batch_size: int,
        seed: int,
        drop_last: bool,
        rank: int,
        world_size: int,
    ) -> None:
        self._dataset, self._sampler, self._seed = dataset, sampler, seed
        self._batch_size, self._drop_last = batch_size, drop_last
        self._rank, self._world_size = rank, world_size
        self._order: tuple[int, Order] | None = None
        check_sampler(sampler)
        sampler.check(dataset)
        self._check()

    def _check(self) -> None:
        if not 0 <= self._rank < self._world_size:
            raise ConfigError(f"rank={self._rank} must be from 0 to {self._world_size - 1}")
        if self._batch_size < 1 or len(self) == 0:
            raise ConfigError(
                f"an epoch of {self._sampler.count(self._dataset)} samples in batches of"
                f" {self._batch_size} has no batch{' (drop_last=True)' if self._drop_last else ''}"
            )
        if self._batch_size < self._world_size:
            raise ConfigError(
                f"a batch of {self._batch_size} samples can't be shared by {self._world_size}"
                " ranks; batch_size counts the samples of all ranks together"
            )

    def __len__(self) -> int:
        """The number of batches in an epoch, the same for all ranks."""
        full, rest = divmod(self._sampler.count(self._dataset), self._batch_size)
        return full + (rest > 0 and not self._drop_last)

    def after(self, epoch: int, position: int) -> Iterator[Task]:
        """The tasks of ``epoch`` from its batch number ``position`` on."""
        order = self._order_of(epoch)
        for number in range(position, len(self)):
            places = slice(number * self._batch_size, (number + 1) * self._batch_size)
            batch = np.array(order[places], dtype=np.int64, order="C")
            first, end = (len(batch) * (self._rank + i) // self._world_size for i in (0, 1))
            own = batch[first:end] if first < end else batch[:1]
            yield Task(epoch, number, own, is_empty=first == end)

    def _order_of(self, epoch: int) -> Order:
        if self._order is None or self._order[0] != epoch:
            order = self._sampler.order(self._dataset, self._batch_size, self._seed, epoch)
            if len(order) != (count := self._sampler.count(self._dataset)):
                raise ConfigError(f"{self._sampler!r} ordered {len(order)} samples, not {count}")
            self._order = epoch, order
        return self._order[1]
