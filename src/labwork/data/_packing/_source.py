"""What is packed: samples by number, and the columns that hold them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from labwork.core import ConfigError
from labwork.data._folders._nested import Layout
from labwork.data._packing._column import Column
from labwork.data._packing._encode import Items, encode_value

__all__ = ["Source", "told"]


class Source(ABC):
    """Samples that can be packed; it can be sent to other processes.

    Attributes:
        columns: how the values of all samples are stored.
        layout: how samples are made of them.
        quality: of JPEG, None for the default.
        info: plain facts about the data.
    """

    columns: Sequence[Column]
    layout: Layout
    quality: int | None
    info: Mapping[str, Any]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, index: int) -> Mapping[str, Any]:
        """The values of a sample, by column; raises any error where it is a bad one."""

    @abstractmethod
    def place(self, index: int) -> str:
        """Where a sample stands, for messages."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Plain data that tells it from others, so that nothing else is gone on with."""

    def stamp(self, index: int) -> int:
        """A number of 64 bits that is another one when the files of a sample have changed."""
        return 0

    def encoded(self, index: int) -> list[Items]:
        """The stored form of a sample, in the order of the columns.

        Raises:
            ConfigError: where it is a bad one, with its place.
        """
        try:
            fields = self.get(index)
        except Exception as error:
            raise ConfigError(f"{self.place(index)}: {told(error)}") from error
        return [self._encoded(column, fields[column.name], index) for column in self.columns]

    def _encoded(self, column: Column, value: Any, index: int) -> Items:
        try:
            return encode_value(column, value, self.quality)
        except ConfigError as error:
            raise ConfigError(f"{self.place(index)}: {column.name}: {error}") from error


def told(error: Exception) -> str:
    """An error in one line, with the fields that its notes name."""
    if isinstance(error, ConfigError):
        return str(error)
    notes = [note for note in getattr(error, "__notes__", ()) if not note.startswith("in sample")]
    return "; ".join([f"{type(error).__name__}: {error}", *notes])
