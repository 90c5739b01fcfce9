"""HDF5: arrays by name, in groups."""

import weakref
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from labwork.data._readers._columns import common_length
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_column, as_labels, as_value, is_numeric
from labwork.data._record import Record

__all__ = ["HDF5"]


class Hdf5Dataset(FileDataset):
    """Rows of the arrays in a file, each read when it is asked for.

    Fields are called by their path in the file, such as ``train/image``; scalars are left out.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        with source.damage_told("HDF5"), _opened(source) as file:
            lengths = {name: len(array) for name, array in _arrays(file).items() if array.shape}
        self._length = common_length(source, lengths)

    def _open(self) -> Any:
        file = _opened(self._source)
        weakref.finalize(self, file.close)
        with self._source.damage_told("HDF5"):
            return {name: array for name, array in _arrays(file).items() if array.shape}

    @property
    def labels(self) -> Mapping[str, Any]:
        """The arrays whose rows are numbers, text or vectors."""
        small = {name: a for name, a in self._file.items() if a.ndim < 3 and _is_small(a)}
        with self._source.damage_told("HDF5"):
            return MappingProxyType(as_labels({name: _whole(a) for name, a in small.items()}))

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The rows at ``index``."""
        with self._source.damage_told("HDF5"):
            return Record({n: as_value(_as_text(a)[index]) for n, a in self._file.items()})


def _opened(source: Source) -> Any:
    h5py = source.library("h5py", "HDF5")
    try:
        return h5py.File(source.path, "r")
    except BlockingIOError as error:
        raise source.error(
            "another program is writing it; wait until it has closed the file"
        ) from error
    except OSError as error:
        raise source.error(f"it can't be read as HDF5, or isn't finished: {error}") from error


def _arrays(file: Any) -> dict[str, Any]:
    """All arrays by their paths; links that lead out of the file are not followed."""
    found: dict[str, Any] = {}

    def visit(name: str | bytes, item: Any) -> None:
        if hasattr(item, "shape"):  # else it is a group or a type
            if isinstance(name, bytes):  # it isn't UTF-8
                name = name.decode("utf-8", "backslashreplace")
            found[name] = item

    file.visititems(visit)
    return found


def _is_text(array: Any) -> bool:
    return array.dtype.kind == "S" or (array.dtype.metadata or {}).get("vlen") in (str, bytes)


def _as_text(array: Any) -> Any:
    return array.asstr() if _is_text(array) else array


def _is_small(array: Any) -> bool:
    return is_numeric(array.dtype) or (array.ndim == 1 and _is_text(array))


def _whole(array: Any) -> Any:
    content = _as_text(array)[()]
    is_text = _is_text(array) and array.ndim == 1
    return as_column(content.tolist()) if is_text else content


def _read(source: Source) -> dict[str, Any]:
    with source.damage_told("HDF5"), _opened(source) as file:
        return {name: _whole(array) for name, array in _arrays(file).items()}


HDF5 = Format(
    "HDF5", (".h5", ".hdf5", ".hdf", ".he5"), _read, Hdf5Dataset, ((0, b"\x89HDF\r\n\x1a\n"),)
)
