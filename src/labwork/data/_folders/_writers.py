"""One field of all samples, written as the samples come."""

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.lib.format import open_memmap

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_array
from labwork.data._folders._codecs import encode
from labwork.data._folders._kinds import Kind, kind_of
from labwork.data._folders._places import checksums_file, label_file, sample_file

__all__ = ["FieldWriter"]


class FieldWriter:
    """Writes a field: into one array where it is a label, else a file for each sample.

    Memory is bounded: arrays are mapped files.
    """

    def __init__(self, folder: Path, name: str, first: Any, count: int) -> None:
        self._folder, self._name = folder, name
        self.kind = kind_of(first)
        is_label = self.kind.loader == "label"
        path = (label_file if is_label else checksums_file)(folder, name)
        path.parent.mkdir(exist_ok=True)
        dtype = as_array(first).dtype if is_label else np.dtype(np.uint32)
        self._array: Any = open_memmap(path, mode="w+", dtype=dtype, shape=(count,))
        if not is_label:
            sample_file(folder, name, 0, self.kind.loader).parent.mkdir(parents=True)

    def write(self, index: int, value: Any) -> None:
        """Writes the field of one sample; raises ConfigError where it isn't like the first."""
        kind = kind_of(value)
        if kind != self.kind:
            raise ConfigError(f"it is {_shown(kind)}, but that of sample 0 is {_shown(self.kind)}")
        if kind.loader == "label":
            self._write_label(index, as_array(value))
        else:
            self._write_file(index, encode(value, kind))

    def _write_label(self, index: int, value: Any) -> None:
        if value.dtype != self._array.dtype:
            raise ConfigError(f"it is {value.dtype}, but that of sample 0 is {self._array.dtype}")
        self._array[index] = value

    def _write_file(self, index: int, content: bytes) -> None:
        path = sample_file(self._folder, self._name, index, self.kind.loader)
        path.write_bytes(content)
        self._array[index] = crc32(content)

    def close(self) -> None:
        """Flushes what is mapped."""
        self._array.flush()
        self._array = None


def _shown(kind: Kind) -> str:
    details = [kind.loader, *([kind.bits] if kind.bits else [])]
    return f"{kind.type} ({', '.join(details)}{f', {kind.dims} dimensions' if kind.dims else ''})"
