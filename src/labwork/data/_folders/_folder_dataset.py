"""A dataset that is read from a folder."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np

from labwork.core import ConfigError, file_digest
from labwork.data._dataset import Dataset
from labwork.data._folders._arrays import as_type
from labwork.data._folders._codecs import decode
from labwork.data._folders._kinds import Kind
from labwork.data._folders._meta import arrays_of, read_meta
from labwork.data._folders._nested import nested
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
        """The fields that are stored as one array, such as ``view.label`` of a record in one."""
        kinds = self._meta.kinds.items()
        are_known = (name for name, kind in kinds if kind.loader == "label" and not kind.bits)
        return MappingProxyType({name: self._arrays[name] for name in are_known})

    def __len__(self) -> int:
        return self._meta.count

    def get(self, index: int) -> Record:
        """The record at ``index``; fields with files are lazy."""
        return nested(self._meta.layout, partial(self._value, index))

    def _value(self, index: int, name: str) -> Any:
        kind = self._meta.kinds[name]
        if kind.loader != "label":
            return LazyField(name, partial(self._read, name, kind, index))
        return as_type(np.array(self._arrays[name][index, ...]), kind.type, kind.bits)

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
