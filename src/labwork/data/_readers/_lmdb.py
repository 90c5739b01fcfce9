"""LMDB: bytes by keys of bytes, in one file or in a folder."""

import os
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from labwork.data._lazy_field import LazyField
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_value
from labwork.data._record import Record

__all__ = ["LMDB"]

_ENVIRONMENTS: WeakValueDictionary[tuple[int, int, int], Any] = WeakValueDictionary()


class LmdbDataset(FileDataset):
    """Records of ``key``, bytes, and ``value``, decoded when it is read; sorted by key."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        with source.damage_told("LMDB"), self._file.begin() as transaction:
            self._keys = list(transaction.cursor().iternext(keys=True, values=False))

    def _open(self) -> Any:
        with self._source.damage_told("LMDB"):
            return _environment(self._source)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, index: int) -> Record:
        """The key at ``index`` among the sorted ones, and its value."""
        key = self._keys[index]
        read = partial(self._value, key)
        return Record({"key": key, "value": LazyField("value", lambda: as_value(read()))})

    def _value(self, key: bytes) -> Any:
        with self._source.damage_told("LMDB"), self._file.begin() as transaction:
            content = transaction.get(key)
        return self._source.decoded(content, f"key {key!r}")


def _environment(source: Source) -> Any:
    """The open file; LMDB allows only one of it in a process."""
    lmdb, path = source.library("lmdb", "LMDB"), source.path
    about = (path / "data.mdb" if path.is_dir() else path).stat()
    key = os.getpid(), about.st_dev, about.st_ino
    found = _ENVIRONMENTS.get(key)
    if found is None:
        _close_inherited()
        # Without locks it can be read where nothing can be written.
        options = {"readonly": True, "lock": False, "readahead": False}
        found = _ENVIRONMENTS[key] = lmdb.open(str(path), subdir=path.is_dir(), **options)
    return found


def _close_inherited() -> None:
    """Closes what was open when this process was forked; without locks, only here."""
    for (process, *_), environment in list(_ENVIRONMENTS.items()):
        if process != os.getpid():
            environment.close()


def _read(source: Source) -> dict[bytes, Any]:
    dataset = LmdbDataset(source)
    return {key: dataset._value(key) for key in dataset._keys}


LMDB = Format("LMDB", (".lmdb", ".mdb"), _read, LmdbDataset, ((16, b"\xde\xc0\xef\xbe"),))
