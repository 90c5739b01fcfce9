"""A shard that is read: its arrays, by their places in the file."""

import math
import os
import weakref
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._packing._column import Member
from labwork.data._packing._formats import read_places
from labwork.data._packing._manifest import MANIFEST, Manifest
from labwork.data._packing._member_data import Place

__all__ = ["Shard"]

_BULK = ("bytes", "values")
_CHUNK = 2**22


class Shard:
    """A shard, checked when it is made.

    It reads by position, so that threads and forked processes share the file without harm. Other
    processes get the path and the places, and open it when they first read.

    Args:
        path: the file.

    Raises:
        ConfigError: where it is missing, torn or altered, or is being written. Of the large
            arrays, only their places are checked; their samples are when they are read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places = read_places(path)
        self._arrays: dict[str, NDArray[Any]] = {}
        self._file: int | None = None
        self._map: mmap | None = None
        self._check_extents()
        if MANIFEST not in self._places:
            raise ConfigError(f"{path} wasn't written by pack: it has no manifest")
        self.manifest = Manifest.from_bytes(self.array(MANIFEST).tobytes(), path)
        self._check_places()
        for column in self.manifest.columns:
            for part, member in column.members.items():
                if part not in _BULK or column.is_small:
                    self._check(member.name, sha256(self.array(member.name).tobytes()).hexdigest())

    def array(self, name: str) -> NDArray[Any]:
        """An array as a whole, kept in memory."""
        if name not in self._arrays:
            place = self._places[name]
            count = math.prod(place.shape)
            found = np.fromfile(self.path, place.dtype, count, offset=place.offset)
            if len(found) != count:
                raise self._torn()
            self._arrays[name] = found.reshape(place.shape)
        return self._arrays[name]

    def read(self, member: Member, start: int, stop: int) -> bytes:
        """The bytes of an array from row ``start`` to ``stop - 1``."""
        size = member.row_bytes
        length = (stop - start) * size
        content = os.pread(self._opened(), length, self._places[member.name].offset + start * size)
        if len(content) != length:
            raise self._torn()
        return content

    def mapped(self, member: Member) -> NDArray[np.uint8]:
        """The bytes of an array, in the file until they are looked at; they can't be written to.

        Raises:
            ConfigError: where the file was cut off: to look there would end the process.
        """
        place = self._places[member.name]
        if os.fstat(self._opened()).st_size < place.offset + place.size:
            raise self._torn()
        if self._map is None:
            self._map = mmap(self._opened(), 0, access=ACCESS_READ)
        return np.frombuffer(self._map, np.uint8, place.size, place.offset)

    def verify(self) -> None:
        """Reads all arrays; raises ConfigError where one was altered."""
        for column in self.manifest.columns:
            for member in column.members.values():
                self._check(member.name, self._digest(self._places[member.name]))

    def _digest(self, place: Place) -> str:
        digest, end = sha256(), place.offset + place.size
        for start in range(place.offset, end, _CHUNK):
            digest.update(os.pread(self._opened(), min(_CHUNK, end - start), start))
        return digest.hexdigest()

    def _check(self, name: str, digest: str) -> None:
        if digest != self.manifest.digests[name]:
            raise ConfigError(
                f"{self.path} was altered since it was packed: {name!r} has another hash than the"
                " manifest says; copy it again or pack anew"
            )

    def _check_extents(self) -> None:
        length = self.path.stat().st_size
        for name, place in self._places.items():
            if np.dtype(place.dtype).kind not in "biufc":
                raise ConfigError(f"{self.path} wasn't written by pack: {name!r} holds no numbers")
            if place.offset < 0 or not 0 <= place.size <= length - place.offset:
                raise self._torn()

    def _check_places(self) -> None:
        for column in self.manifest.columns:
            for member in column.members.values():
                place = self._places.get(member.name)
                if place is None:
                    raise ConfigError(f"{self.path} was altered: {member.name!r} isn't there")
                if (place.dtype, place.shape[1:]) != (member.dtype, member.row):
                    raise ConfigError(f"{self.path} was altered: {member.name!r} is another array")

    def _torn(self) -> ConfigError:
        return ConfigError(f"{self.path} is shorter than it was: copy it again or pack anew")

    def _opened(self) -> int:
        if self._file is None:
            file = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            weakref.finalize(self, os.close, file)
            self._file = file  # where another thread was faster, both files serve
        return self._file

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_arrays": {}, "_file": None, "_map": None}
