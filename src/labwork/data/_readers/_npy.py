"""NPY: one array."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from numpy.lib.format import open_memmap, read_array
from numpy.typing import NDArray

from labwork.data._readers._columns import common_length
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._magic import NPY_STARTS
from labwork.data._readers._source import Source
from labwork.data._readers._values import as_labels, as_value
from labwork.data._record import Record

__all__ = ["NPY"]


class NpyDataset(FileDataset):
    """The rows of an array, mapped into memory; the field is ``value``."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        shape = self._file.shape
        self._length = common_length(source, {"value": shape[0]} if shape else {})

    def _open(self) -> Any:
        with self._source.damage_told("NPY"):
            return open_memmap(self._source.path, mode="r")

    @property
    def labels(self) -> Mapping[str, Any]:
        """The array, where its rows are numbers or vectors."""
        return MappingProxyType(as_labels({"value": self._file}))

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The row at ``index``."""
        return Record(value=as_value(self._file[index]))


def _read(source: Source) -> NDArray[Any]:
    with source.damage_told("NPY"), source.path.open("rb") as file:
        array: NDArray[Any] = read_array(file, allow_pickle=False)
        return array


NPY = Format("NPY", (".npy",), _read, NpyDataset, NPY_STARTS)
