"""Packed arrays in HDF5, each of them contiguous, so that its bytes have one place."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labwork.core import ConfigError, import_extra
from labwork.data._packing._member_data import MemberData, Place

__all__ = ["places", "write"]


def write(path: Path, members: Iterator[MemberData]) -> None:
    """Writes arrays as datasets of a new file."""
    with import_extra("h5py", "an HDF5 file").File(path, "w") as file:
        for member in members:
            data = file.create_dataset(member.name, member.shape, member.dtype)
            row = 0
            for chunk in member.chunks:
                rows = np.frombuffer(chunk, member.dtype).reshape(-1, *member.shape[1:])
                data[row : row + len(rows)] = rows
                row += len(rows)


def places(path: Path) -> Mapping[str, Place]:
    """Where the datasets of a file are.

    Raises:
        BlockingIOError: where it is being written.
        ConfigError: where an array isn't contiguous; other errors where it is damaged.
    """
    with import_extra("h5py", "an HDF5 file").File(path, "r") as file:
        return {name: _place(path, name, item) for name, item in file.items()}


def _place(path: Path, name: str, item: Any) -> Place:
    is_contiguous = getattr(item, "chunks", item) is None
    if not is_contiguous:
        raise ConfigError(f"{path} wasn't written by pack: {name!r} is no contiguous dataset")
    # Without bytes, there is no place.
    return Place(item.id.get_offset() or 0, item.dtype.str, tuple(item.shape))
