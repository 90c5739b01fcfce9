"""An array on its way into a file, and where one is in a file."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

__all__ = ["MemberData", "Place"]


class MemberData(NamedTuple):
    """An array, by chunks of whole rows."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    chunks: Iterator[bytes]


class Place(NamedTuple):
    """Where an array's bytes begin in a file, and what they are."""

    offset: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return np.dtype(self.dtype).itemsize * math.prod(self.shape)
