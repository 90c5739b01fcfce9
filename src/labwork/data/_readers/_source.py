"""What is read and how, and how trouble in it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from labwork.core import ConfigError, import_extra
from labwork.data._names import function_name
from labwork.data._readers._decode import decode_by_content

__all__ = ["Source"]


class Source(NamedTuple):
    """A file to read.

    Attributes:
        path: the file, or the folder of an LMDB.
        decode: what makes a value of bytes; None to go by what they begin with.
        trusted: whether the file may run code.
    """

    path: Path
    decode: Callable[[bytes], Any] | None = None
    trusted: bool = False

    def decoded(self, value: bytes, place: str) -> Any:
        """What bytes in the file stand for.

        Args:
            value: the bytes.
            place: where in the file they are, for messages.
        """
        if self.decode is not None:
            return self.decode(value)
        return decode_by_content(value, f"{self.path}, {place}")

    def error(self, message: str) -> ConfigError:
        """An error about the file, to be raised by the caller; its message is one line."""
        return ConfigError(f"{self.path}: {' '.join(message.split())}")

    @contextmanager
    def damage_told(self, kind: str) -> Iterator[None]:
        """For a ``with`` statement; names the file in what libraries raise where it is damaged."""
        try:
            yield
        except ConfigError:
            raise
        # Each library has errors of its own for damaged files, and most don't say which file.
        except Exception as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise self.error(
                f"it can't be read as {kind}: {reason or type(error).__name__}"
            ) from error

    def library(self, module: str, kind: str) -> Any:
        """A library that only this kind of file needs; a ConfigError says how to get it."""
        return import_extra(module, f"{self.path}: {kind}")

    def __str__(self) -> str:
        decode = "" if self.decode is None else f", decode={function_name(self.decode)}"
        trusted = ", trusted=True" if self.trusted else ""
        return f"read({str(self.path)!r}, as_dataset=True{decode}{trusted})"
