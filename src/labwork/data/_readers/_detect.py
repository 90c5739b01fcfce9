"""Which format a file has: by what it begins with where that is clear, else by its ending."""

import warnings
from pathlib import Path

from labwork.core import ConfigError, suggestion, unknown_name
from labwork.data._readers._csv import CSV
from labwork.data._readers._format import Format
from labwork.data._readers._hdf5 import HDF5
from labwork.data._readers._image import IMAGE
from labwork.data._readers._json import JSON
from labwork.data._readers._lmdb import LMDB
from labwork.data._readers._magic import SNIFFED, starts_with
from labwork.data._readers._npy import NPY
from labwork.data._readers._npz import NPZ
from labwork.data._readers._parquet import PARQUET
from labwork.data._readers._pickle import PICKLE
from labwork.data._readers._tfrecords import TFRECORD
from labwork.data._readers._yaml import YAML

__all__ = ["detect", "first_bytes", "format_of_name"]

_FORMATS = (JSON, YAML, CSV, NPY, NPZ, PICKLE, TFRECORD, HDF5, LMDB, PARQUET, IMAGE)
_GZIP = b"\x1f\x8b"


def format_of_name(name: str) -> Format:
    """The format that is called so, in letters of any case."""
    by_name = {known.name.lower(): known for known in _FORMATS}
    if name.lower() not in by_name:
        raise unknown_name("format", name, by_name)
    return by_name[name.lower()]


def detect(path: Path, content: bytes) -> Format:
    """The format of a file, or of an LMDB's folder.

    Args:
        path: the file.
        content: its first bytes.

    Raises:
        ConfigError: where neither content nor ending is known.

    Warns:
        UserWarning: where content and ending are those of two formats; the content counts.
    """
    by_content = next((f for f in _FORMATS if starts_with(content, f.starts)), None)
    by_ending = next((f for f in _FORMATS if path.name.lower().endswith(f.endings)), None)
    found = by_content or by_ending
    if found is None:
        raise _unknown(path, content)
    if by_ending not in (None, found):
        message = f"{path} is read as {found.name}, which it holds, though it ends in {path.suffix}"
        warnings.warn(f"{message}; rename it", stacklevel=3)
    return found


def first_bytes(path: Path) -> bytes:
    """What a file begins with, or the file in an LMDB's folder.

    Raises:
        ConfigError: where it is missing or empty.
    """
    if path.is_dir() and (path / "data.mdb").is_file():
        path /= "data.mdb"
    if path.is_dir():
        raise ConfigError(
            f"{path} is a folder; FolderDataset reads what save_folder wrote, and ImageFolder"
            " images in a folder for each class"
        )
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ConfigError(f"there is no file {path}{suggestion(path.name, there)}")
    with path.open("rb") as file:
        content = file.read(SNIFFED)
    if not content:
        raise ConfigError(f"{path} is empty; write or copy it again")
    return content


def _unknown(path: Path, content: bytes) -> ConfigError:
    if content.startswith(_GZIP):
        return ConfigError(f"{path} is compressed: unpack it first, with gunzip")
    endings = ", ".join(ending for known in _FORMATS for ending in known.endings)
    return ConfigError(
        f"{path}: neither how it begins, {content[:8]!r}, nor its ending is known; name its"
        f" format, as in read(path, format='csv'), or use one of the endings {endings}"
    )
