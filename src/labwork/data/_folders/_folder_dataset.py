"""A dataset that is read from a folder."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np
import torch

from labwork.core import ConfigError, file_digest
from labwork.data._dataset import Dataset
from labwork.data._folders._codecs import decode
from labwork.data._folders._kinds import Kind
from labwork.data._folders._meta import arrays_of, read_meta
from labwork.data._folders._places import meta_file, sample_file
from labwork.data._lazy_field import LazyField
from labwork.data._record import Record

__all__ = ["FolderDataset"]


class FolderDataset(Dataset):
    """What ``save_folder`` wrote: records whose files are read when a field is.

    Args:
        path: the folder.

    Raises:
        ConfigError: where the folder isn't finished, or was altered; a sample's file is looked at
            when it is read.
    """

    runs_code = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._meta = read_meta(self._path)
        arrays = arrays_of(self._path, self._meta.kinds)
        self._arrays = {n: np.load(a, mmap_mode="r", allow_pickle=False) for n, a in arrays.items()}

    @property
    def info(self) -> Mapping[str, Any]:
        """The plain items of the written dataset's ``info``."""
        return MappingProxyType(dict(self._meta.info))

    @property
    def labels(self) -> Mapping[str, Any]:
        """The fields that are stored as one array."""
        kinds = self._meta.kinds.items()
        known = {name: self._arrays[name] for name, kind in kinds if kind.loader == "label"}
        return MappingProxyType(known)

    def __len__(self) -> int:
        return self._meta.count

    def get(self, index: int) -> Record:
        """The record at ``index``; fields with files are lazy."""
        fields: dict[str, Any] = {}
        for name, kind in self._meta.kinds.items():
            if kind.loader == "label":
                fields[name] = _label(self._arrays[name][index], kind)
            else:
                read = partial(self._read, name, kind, index)
                fields[name] = LazyField(name, read)
        return Record(fields)

    def _read(self, name: str, kind: Kind, index: int) -> Any:
        path = sample_file(self._path, name, index, kind.loader)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ConfigError(f"{path} is missing: write the folder anew") from None
        if crc32(content) != self._arrays[name][index]:
            raise ConfigError(f"{path} was altered since it was written: write the folder anew")
        return decode(content, kind)

    def __reduce__(self) -> tuple[Any, ...]:
        return FolderDataset, (self._path,)

    def identity(self) -> Any:
        return file_digest(meta_file(self._path))

    def __repr__(self) -> str:
        return f"FolderDataset({str(self._path)!r})"


def _label(value: Any, kind: Kind) -> Any:
    if kind.type == "tensor":
        return torch.from_numpy(np.array(value))
    return value if kind.type == "array" else value.item()
