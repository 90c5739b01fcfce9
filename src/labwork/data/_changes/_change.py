"""What a change of datasets is: the recipe, apart from the datasets that it is applied to."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._indexing import Indices

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["Change", "Parts", "varies"]

Parts: TypeAlias = tuple["Dataset", ...]


class Change(ABC):
    """Makes the samples of a dataset out of those of one or several others, its parts.

    Attributes:
        takes_batches: whether ``get_batch`` can be used where all parts can batch.
        makes_batches: whether its samples are batches of its part.
        collates_anew: whether its batches are made of samples and not of batches of its part.
        runs_code: whether it calls functions that might draw random numbers.
        draws: whether it gives functions an rng of their own.
        hides_draws: whether what functions in its parts draw can't be noticed behind it.
        keeps_data: whether its samples are those of its part, and so is what makes them.
    """

    takes_batches: bool = True
    makes_batches: bool = False
    collates_anew: bool = False
    runs_code: bool = False
    draws: bool = False
    hides_draws: bool = False
    keeps_data: bool = False

    def length(self, parts: Parts) -> int:
        """How many samples there are."""
        return len(parts[0])

    @abstractmethod
    def get(self, parts: Parts, index: int) -> Any:
        """The sample at ``index``."""

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        """The samples at ``indices``, shape (N,), by batches of the parts."""
        raise NotImplementedError(type(self).__name__)

    def at(self, parts: Parts, seed: int, epoch: int) -> "tuple[Change, Parts]":
        """The change and the parts as they are in an epoch; the same where nothing is random."""
        return self, tuple(part.at(seed, epoch) for part in parts)

    @abstractmethod
    def identity(self, parts: Parts) -> Any:
        """What makes the samples: plain data, arrays, functions and the parts."""

    def info(self, parts: Parts) -> Mapping[str, Any]:
        """Facts about the data."""
        return parts[0].info

    @abstractmethod
    def labels(self, parts: Parts) -> Mapping[str, Any] | None:
        """The labels of all samples; None where only the samples themselves can tell."""

    @abstractmethod
    def describe(self, parts: Parts) -> str:
        """What a user would write to make the change."""


def varies(dataset: str) -> ConfigError:
    """The error where somebody asks what makes the samples of all epochs."""
    return ConfigError(
        f"{dataset} has other samples in each epoch, so it can't be cached: cache before augment"
        " and shuffle"
    )
