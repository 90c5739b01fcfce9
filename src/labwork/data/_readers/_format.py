"""What a format of files is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labwork.data._dataset import Dataset
from labwork.data._readers._columns import dataset_of
from labwork.data._readers._magic import Starts
from labwork.data._readers._source import Source

__all__ = ["Format"]


@dataclass(frozen=True)
class Format:
    """How files of a kind are known, and read.

    Attributes:
        name: what it is called.
        endings: of the names of files.
        read: gives all that a file holds.
        open: gives a dataset that reads samples when they are asked for; None where all is read.
        starts: what files begin with, where that is clear.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Source], Any]
    open: Callable[[Source], Dataset] | None = None
    starts: Starts = ()

    def dataset(self, source: Source) -> Dataset:
        """A file's samples."""
        return dataset_of(self.read(source), source) if self.open is None else self.open(source)
