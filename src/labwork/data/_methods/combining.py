"""Methods of a dataset that put samples, or whole datasets, together."""

# ruff: noqa: D417 - ``self`` is the dataset: these functions are methods of Dataset

from operator import index
from typing import TYPE_CHECKING

from labwork.core import ConfigError
from labwork.data._changes import Batched, Joined, Repeated, Zipped

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["batch", "concat", "join", "repeat", "zip"]

_MOST = 2**62  # samples; Python has no lengths from 2**63


def join(self: "Dataset", *others: "Dataset") -> "Dataset":
    """The samples of this dataset, then those of ``others``."""
    parts = tuple(part for dataset in (self, *others) for part in _parts(dataset))
    return parts[0]._changed(Joined(parts), *parts[1:])


def concat(self: "Dataset", *others: "Dataset", balanced: bool = False) -> "Dataset":
    """As ``join``, and with equal shares if so asked.

    Args:
        *others: what follows this dataset.
        balanced: whether the shorter datasets are repeated until they are as long as the longest.

    Raises:
        ConfigError: where one that is to be repeated is empty.

    >>> from labwork.data import ArrayDataset
    >>> both = ArrayDataset(x=[1, 2, 3]).concat(ArrayDataset(x=[7, 8]), balanced=True)
    >>> [int(r.x) for r in both]
    [1, 2, 3, 7, 8, 7]
    """
    if not balanced:
        return self.join(*others)
    most = max(map(len, (self, *others)))
    first, *rest = (_extended(dataset, most) for dataset in (self, *others))
    return first.join(*rest)


def repeat(self: "Dataset", count: int) -> "Dataset":
    """The samples ``count`` times; what augmentations draw is different each time.

    Raises:
        ConfigError: where ``count`` is negative or there would be too many samples to count.

    >>> from labwork.data import ArrayDataset
    >>> [int(r.x) for r in 2 * ArrayDataset(x=[1, 2])]
    [1, 2, 1, 2]
    """
    if index(count) < 0 or count * len(self) > _MOST:
        raise ConfigError(f"{len(self)} samples can't be repeated {count} times")
    return self._changed(Repeated(count))


def zip(self: "Dataset", *others: "Dataset") -> "Dataset":
    """Records with the fields of this dataset's and those of the ``others`` at the same index.

    Each name may be in one of them only. Where a function would have to be called to know the
    names, it is fetching that raises ValueError.

    Raises:
        ConfigError: where the datasets aren't of one length, or two have a field of the same name.

    >>> from labwork.data import ArrayDataset
    >>> ArrayDataset(x=[1, 2]).zip(ArrayDataset(y=[3, 4]))[1]
    Record(x=tensor(2), y=tensor(4))
    """
    return self._changed(Zipped((self, *others)), *others)


def batch(self: "Dataset", size: int) -> "Dataset":
    """Successive samples as batches of ``size``; the last one may have fewer.

    Labels stay known where all batches are full, as arrays of shape (N, size, ...).

    Raises:
        ConfigError: where ``size`` is below 1.

    >>> from labwork.data import ArrayDataset
    >>> [b.x.tolist() for b in ArrayDataset(x=range(5)).batch(2)]
    [[0, 1], [2, 3], [4]]
    """
    if index(size) < 1:
        raise ConfigError(f"a batch has at least 1 sample, but {size} was asked for")
    return self._changed(Batched(size))


def _parts(dataset: "Dataset") -> "tuple[Dataset, ...]":
    return dataset._parts if isinstance(dataset._change, Joined) else (dataset,)


def _extended(dataset: "Dataset", length: int) -> "Dataset":
    if len(dataset) == length:
        return dataset
    if len(dataset) == 0:
        raise ConfigError(f"{dataset!r} is empty and can't have an equal share")
    copies = -(-length // len(dataset))
    extended: Dataset = dataset.repeat(copies)[:length]
    return extended
