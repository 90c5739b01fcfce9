"""Bytes on the disk by (table, index), which are as they were written or not there at all."""

import os
import struct
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

from labwork.core import CacheEntry, ConfigError
from labwork.data._caches._locks import Locks

__all__ = ["Store"]

# What is in a table at an index: where its bytes are, how many, their checksum and the slot's own.
_SLOT = struct.Struct("<QQII")
_EMPTY = bytes(_SLOT.size)
_APPENDING = 2**61  # the number of a lock that no sample has
_ALIGNMENT = 16
_open: "weakref.WeakValueDictionary[Path, Store]" = weakref.WeakValueDictionary()


class Store:
    """One file to which all bytes are appended, and a table of slots for each field.

    A file for each field of each sample would be simpler, but a million of them are slow to make,
    to list and to delete, and take a block each. Here a kill leaves at most bytes at the end that
    no slot refers to; and a slot or bytes that don't fit their checksums, after a power failure
    for instance, count as not there and are written again. Reading takes no lock and, as files
    are read at a position, works after a fork.

    Use ``Store.at``, so that a process has one for a folder. Tables are files of their name, and
    one named "samples" says by its slots how many samples there are.
    """

    def __init__(self, path: Path, count: int, about: dict[str, Any]) -> None:
        self._path = path
        entry = CacheEntry(path)
        about = {**about, "count": count, "slot": _SLOT.size}
        weakref.finalize(self, os.close, entry.hold(about))
        self._count = entry.about.get("count", count)
        self._locks = Locks(path / "filling")
        self._data = self._opened("data")
        self._size_at_first = os.fstat(self._data).st_size
        self._tables: dict[str, int] = {}

    @classmethod
    def at(cls, path: Path, count: int, about: dict[str, Any]) -> "Store":
        """The process's store in the folder ``path``, made if need be.

        Args:
            path: the folder.
            count: how many samples there are.
            about: plain data to be shown to people.

        Raises:
            ConfigError: where it is there for another number of samples, or can't be made.
        """
        store = _open.get(path)
        if store is None:
            store = _open[path] = cls(path, count, about)
        if store._count != count:
            raise ConfigError(
                f"the cache {path.name[:12]} holds {store._count} samples, not {count}: give this"
                f" one another name, or free it with `labwork cache clear {path.name[:12]}`"
            )
        return store

    def read(self, table: str, index: int) -> bytearray | None:
        """What was written there; None where nothing was, or it is torn."""
        slot = os.pread(self._table(table), _SLOT.size, index * _SLOT.size)
        if slot in (_EMPTY, b""):
            return None
        if len(slot) < _SLOT.size or _checksum(slot, index) != _SLOT.unpack(slot)[3]:
            return None
        start, length, content_checksum, _ = _SLOT.unpack(slot)
        content = bytearray(length)
        is_whole = os.preadv(self._data, [content], start) == length
        return content if is_whole and crc32(content) == content_checksum else None

    def write(self, table: str, index: int, content: bytes | bytearray) -> None:
        """Appends ``content``, then says in the slot where it is.

        Raises:
            OSError: where the disk is full.
        """
        try:
            slot = _SLOT.pack(self._append(content), len(content), crc32(content), 0)
            slot = slot[:-4] + _checksum(slot, index).to_bytes(4, "little")
            os.pwrite(self._table(table), slot, index * _SLOT.size)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def forget(self, table: str, index: int) -> None:
        """Makes what was written there count as not there."""
        os.pwrite(self._table(table), _EMPTY, index * _SLOT.size)

    def was_there(self, table: str, index: int) -> bool:
        """Whether what is there was written before this process, or its parent, opened the file."""
        slot = os.pread(self._table(table), _SLOT.size, index * _SLOT.size)
        return _SLOT.unpack(slot)[0] < self._size_at_first

    @contextmanager
    def filling(self, index: int) -> Iterator[None]:
        """Keeps all others, in any process, from filling the same index."""
        with self._locks.held(index):
            yield

    def _append(self, content: bytes | bytearray) -> int:
        with self._locks.held(_APPENDING):
            end = os.fstat(self._data).st_size
            start = position = end + -end % _ALIGNMENT
            rest = memoryview(content)
            while rest:
                written = os.pwrite(self._data, rest, position)
                position, rest = position + written, rest[written:]
        return start

    def _table(self, name: str) -> int:
        if name not in self._tables:
            safe = quote(name, safe=" ", errors="surrogatepass").replace(".", "%2E")
            self._tables[name] = self._opened(safe)
        return self._tables[name]

    def _opened(self, name: str) -> int:
        file = os.open(self._path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        # At the end of the process something may still be withdrawn.
        weakref.finalize(self, os.close, file).atexit = False
        return file


def _checksum(slot: bytes, index: int) -> int:
    return crc32(slot[:-4], index & 0xFFFFFFFF)
