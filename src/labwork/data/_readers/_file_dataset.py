"""A dataset whose samples are read from a file when they are asked for."""

import os
from abc import abstractmethod
from typing import Any

from labwork.data._caches import files_identity
from labwork.data._dataset import Dataset
from labwork.data._readers._source import Source

__all__ = ["FileDataset"]


class FileDataset(Dataset):
    """Samples in a file, which each process opens for itself.

    A subclass defines ``_open``, and what ``Dataset`` asks for.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.runs_code = source.decode is not None
        # A file that was open at a fork stays here untouched: to use it, or even to close it,
        # could disturb the process that opened it.
        self._opened: dict[int, Any] = {}

    @abstractmethod
    def _open(self) -> Any:
        """What samples are read from."""

    @property
    def _file(self) -> Any:
        process = os.getpid()
        if process not in self._opened:
            self._opened[process] = self._open()
        return self._opened[process]

    def identity(self) -> Any:
        path = self._source.path
        file = path / "data.mdb" if path.is_dir() else path
        return files_identity(file.parent, [file.name]), self._source.decode

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._source,)

    def __repr__(self) -> str:
        return str(self._source)
