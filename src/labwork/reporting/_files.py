"""Text files that only grow, and that can be cut back to where they stood."""

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from labwork.core import StateError, flush_to_disk
from labwork.reporting._sink import Sink

__all__ = ["FileSink"]


class FileSink(Sink):
    """An append-only text file of lines; subclasses say what a report looks like.

    Its state is its size. Loading a state cuts the file back to that size, and with it goes all
    that was written later, a line torn by a kill included. A file that was never told a state
    starts empty: what an earlier run left there does not survive.

    A line is in the hands of the operating system when the method that wrote it returns, and on
    the disk when ``state_dict`` or ``close`` returns.

    Args:
        path: the file; missing parents are created when the sink is opened.
    """

    essential: ClassVar[bool] = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: io.FileIO | None = None
        self._size: int | None = None  # None: new, so whatever lies there is a leftover

    def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._size is None:
            self.path.write_bytes(b"")
        # Unbuffered: nothing waits in this process that a kill could lose or a retry repeat.
        self._file = self.path.open("ab", buffering=0)
        flush_to_disk(self.path.parent)

    def close(self) -> None:
        if self._file is None:
            return
        try:
            self.state_dict()
        finally:
            self._file.close()
            self._file = None

    def state_dict(self) -> dict[str, Any]:
        """The size in bytes, with everything up to there on the disk.

        Raises:
            OSError: the disk did not take it.
        """
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._size = _size(self._file)
        return {"bytes": self._size or 0}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Cuts the file back to the size it had; comes before ``open``.

        Raises:
            StateError: the file is shorter than that.
        """
        wanted = int(state["bytes"])
        found = self.path.stat().st_size if self.path.exists() else 0
        if found < wanted:
            raise StateError(
                f"{self.path} has {found} bytes, but had {wanted} when the state was saved: "
                "put the file back as it was, or start a new run"
            )
        if found > wanted:
            with self.path.open("r+b") as file:
                file.truncate(wanted)
                os.fsync(file.fileno())
        self._size = wanted

    def _write(self, text: str) -> None:
        """Appends ``text`` and a newline, all of it or (as far as the system lets us) nothing."""
        assert self._file is not None, "open() comes first"
        size = _size(self._file)
        rest = memoryview(f"{text}\n".encode(errors="backslashreplace"))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            with suppress(OSError):  # the error that matters is the one above
                self._file.truncate(size)
            raise OSError(error.errno, error.strerror, str(self.path)) from error


def _size(file: io.FileIO) -> int:
    return os.fstat(file.fileno()).st_size
