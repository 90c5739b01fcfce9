"""Methods of a dataset that choose among its samples, or order them."""

# ruff: noqa: D417 - ``self`` is the dataset: these functions are methods of Dataset

from collections.abc import Callable, Sequence
from functools import partial
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from labwork.core import ConfigError
from labwork.data._changes import Shuffled
from labwork.data._draws import (
    draw_weighted,
    draw_with_replacement,
    draw_without_replacement,
    permutation,
)
from labwork.data._indexing import as_indices
from labwork.data._names import digest, function_name
from labwork.data._weights import weights_of

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = [
    "filter",
    "filter_split",
    "find",
    "permute",
    "resample",
    "sample",
    "shuffle",
    "split",
]


def filter(self: "Dataset", predicate: Callable[[Any], bool]) -> "Dataset":
    """Keeps the samples for which ``predicate`` holds; looks at each of them once, now."""
    kept = [i for i, sample in _numbered(self) if predicate(sample)]
    return self._selected(as_indices(kept), f".filter({function_name(predicate)})")


def filter_split(self: "Dataset", predicate: Callable[[Any], bool]) -> "tuple[Dataset, Dataset]":
    """The samples for which ``predicate`` holds, and the rest; looks at each of them once, now.

    >>> from labwork.data import ArrayDataset
    >>> low, high = ArrayDataset(x=[3, 9, 1]).filter_split(lambda r: r.x < 5)
    >>> [int(r.x) for r in low], [int(r.x) for r in high]
    ([3, 1], [9])
    """
    holds = np.array([bool(predicate(sample)) for _, sample in _numbered(self)], dtype=bool)
    call = f".filter_split({function_name(predicate)})"
    kept, rest = np.flatnonzero(holds), np.flatnonzero(~holds)
    return self._selected(kept, f"{call}[0]"), self._selected(rest, f"{call}[1]")


def find(self: "Dataset", predicate: Callable[[Any], bool]) -> int | None:
    """The index of the first sample for which ``predicate`` holds; None where there is none.

    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(x=[3, 9, 1]).find(lambda r: r.x > 5)
    1
    """
    return next((i for i, sample in _numbered(self) if predicate(sample)), None)


def split(
    self: "Dataset", *, ratio: float | None = None, index: int | None = None
) -> "tuple[Dataset, Dataset]":
    """The first samples and the rest.

    Args:
        ratio: the first part's share, from 0 to 1; its size is rounded.
        index: where the rest begins; from the end where it is negative.

    Raises:
        ConfigError: where not just one of them is given, or the ratio is out of range.

    >>> from labwork.data import ArrayDataset
    >>> [len(part) for part in ArrayDataset(x=range(10)).split(ratio=0.8)]
    [8, 2]
    """
    if (ratio is None) == (index is None):
        raise ConfigError("split needs either a ratio or an index: split(ratio=0.8)")
    if ratio is not None and not 0 <= ratio <= 1:
        raise ConfigError(f"a ratio lies between 0 and 1, but {ratio} was given")
    at = index if ratio is None else round(len(self) * ratio)
    return self[:at], self[at:]


def permute(self: "Dataset", seed: int = 0) -> "Dataset":
    """The samples in random order, the same in each epoch: a function of the seed.

    >>> from labwork.data import ArrayDataset
    >>> sorted(int(r.x) for r in ArrayDataset(x=range(4)).permute(seed=1))
    [0, 1, 2, 3]
    """
    order = partial(permutation, index(seed), 0, len(self))
    return self._selected(order, f".permute({seed})", len(self))


def shuffle(self: "Dataset") -> "Dataset":
    """The samples in random order, another one in each epoch: a function of (seed, epoch).

    >>> from labwork.data import ArrayDataset
    >>> shuffled = ArrayDataset(x=range(100)).shuffle()
    >>> bool(shuffled.at(seed=0, epoch=1)[0].x == shuffled.at(seed=0, epoch=2)[0].x)
    False
    """
    return self._changed(Shuffled(len(self)))


def sample(self: "Dataset", count: int, seed: int = 0, replace: bool = False) -> "Dataset":
    """Some samples, drawn at random.

    Args:
        count: how many, from 0; at most ``len(self)`` without replacement.
        seed: what the choice depends on.
        replace: whether a sample can be drawn more than once.

    Raises:
        ConfigError: where there aren't as many samples.

    >>> from labwork.data import ArrayDataset
    >>> len({int(r.x) for r in ArrayDataset(x=range(9)).sample(5, seed=3)})
    5
    """
    is_bounded = not replace or len(self) == 0
    if index(count) < 0 or (is_bounded and count > len(self)):
        raise ConfigError(f"{count} samples can't be drawn from {len(self)} (replace={replace})")
    draw = draw_with_replacement if replace else draw_without_replacement
    name = f".sample({count}, {seed}{', replace=True' if replace else ''})"
    return self._selected(partial(draw, seed, len(self), count), name, count)


def resample(
    self: "Dataset",
    weights: Sequence[float] | None = None,
    *,
    balance: str | None = None,
    count: int | None = None,
    seed: int = 0,
) -> "Dataset":
    """Samples drawn with replacement, each as likely as its weight or its class says.

    Args:
        weights: a number from 0 for each sample; how likely it is, in proportion.
        balance: in place of weights, the label whose values shall all be equally likely.
        count: how many are drawn; by default as many as there are.
        seed: what the choice depends on.

    Raises:
        ConfigError: where not just one of ``weights`` and ``balance`` is given, weights are
            negative, not finite, all zero or not as many as samples, or there is no such label.

    >>> from labwork.data import ArrayDataset
    >>> rare = ArrayDataset(label=[0] * 90 + [1] * 10).resample(balance="label", count=1000)
    >>> round(float(rare.labels["label"].mean()), 1)
    0.5
    """
    chosen = weights_of(self, weights, balance)
    number = len(self) if count is None else index(count)
    if number < 0 or (number > 0 and len(self) == 0):
        raise ConfigError(f"{number} samples can't be drawn from {len(self)}")
    what = f"balance={balance!r}" if balance else f"<{len(chosen)} weights {digest(chosen)}>"
    name = f".resample({what}, count={number}, seed={seed})"
    return self._selected(partial(draw_weighted, seed, chosen, number), name, number)


def _numbered(dataset: "Dataset") -> Any:
    return zip(range(len(dataset)), dataset, strict=True)
