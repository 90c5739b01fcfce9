"""Files that are there whole or not at all."""

import os
from pathlib import Path

__all__ = ["flush_to_disk", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Writes a text file under a temporary name, flushes it to the disk, and moves it into place.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_whole(path, "hello")
    >>> path.read_text()
    'hello'
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def flush_to_disk(path: Path) -> None:
    """Makes a file's content, or the names in a directory, durable.

    Where directories can't be opened, as on Windows, nothing is done for them.
    """
    if not hasattr(os, "O_DIRECTORY") and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
