"""A cache on the disk: its folder, what is said about it, who uses it, how to be rid of it."""

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labwork.core._errors import ConfigError

__all__ = ["CacheEntry"]

_TRASH = ".deleted-"
_TRIES = 1000


class CacheEntry:
    """The folder of one cache, named for its key.

    A process that uses it holds a shared lock, which ends with the process, ``kill -9`` included;
    processes that are forked off meanwhile hold it too. ``delete`` needs the lock for itself.

    Args:
        path: the folder.

    >>> import tempfile
    >>> entry = CacheEntry(Path(tempfile.mkdtemp()) / "1f3a")
    >>> lock = entry.hold({"dataset": "Digits('test')", "count": 300})
    >>> entry.about["dataset"], entry.delete()
    ("Digits('test')", False)
    >>> os.close(lock)
    >>> entry.delete(), entry.path.exists()
    (True, False)
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def all_in(cls, folder: Path) -> Iterator["CacheEntry"]:
        """The entries in ``folder``, by their keys; what an interrupted ``delete`` left goes."""
        for path in sorted(folder.iterdir() if folder.is_dir() else ()):
            if path.name.startswith(_TRASH):
                shutil.rmtree(path, ignore_errors=True)
            elif (path / "lock").exists():
                yield cls(path)

    @property
    def key(self) -> str:
        """The name of the folder: a digest of what makes the data."""
        return self.path.name

    @property
    def about(self) -> Mapping[str, Any]:
        """What was given to ``hold`` by those who made it; empty where that is torn."""
        try:
            about = json.loads((self.path / "about.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}

    @property
    def size(self) -> int:
        """How much disk it takes, in bytes."""
        files = [file.stat() for file in self.path.rglob("*") if file.is_file()]
        return sum(512 * file.st_blocks for file in files)

    @property
    def stored_count(self) -> int:
        """How many samples are in it: those whose ``slot`` of bytes isn't empty."""
        width, table = self.about.get("slot", 0), self.path / "samples"
        content = table.read_bytes() if width and table.exists() else b""
        empty = bytes(width)
        return sum(content[i : i + width] != empty for i in range(0, len(content), width or 1))

    @property
    def last_used(self) -> float:
        """When it was last opened, in seconds since 1970."""
        return (self.path / "lock").stat().st_atime  # set on opening; nobody reads the file

    def hold(self, about: Mapping[str, Any]) -> int:
        """Makes the folder if need be, and keeps it from being deleted until the result is closed.

        Args:
            about: plain data to be shown to people.

        Returns:
            A file descriptor, whose lock forked processes share.

        Raises:
            ConfigError: where the disk can't lock files, or can't be written to.
        """
        try:
            return self._held(about)
        except OSError as error:
            raise ConfigError(
                f"no cache can be kept in {self.path.parent} ({error.strerror}); choose another"
                " place with LABWORK_CACHE"
            ) from error

    def _held(self, about: Mapping[str, Any]) -> int:
        lock = self._locked()
        os.utime(lock, (time.time(), os.fstat(lock).st_mtime))
        if not self.about:
            unfinished = self.path / f".about-{os.getpid()}"  # others may be doing the same
            unfinished.write_text(json.dumps(about), "utf-8")
            unfinished.replace(self.path / "about.json")
        return lock

    def _locked(self) -> int:
        """The shared lock of a folder that is there; it may be deleted until the lock is held."""
        for _ in range(_TRIES):
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except (FileExistsError, FileNotFoundError):
                continue
            fcntl.flock(lock, fcntl.LOCK_SH)
            if self._is_still_there(lock):
                return lock
            os.close(lock)
        raise FileExistsError(errno.EEXIST, f"{self.key} is no folder")

    def _is_still_there(self, lock: int) -> bool:
        try:
            return os.path.samestat(os.fstat(lock), (self.path / "lock").stat())
        except FileNotFoundError:
            return False

    def delete(self) -> bool:
        """Deletes the folder; False where somebody uses it, and then nothing is touched."""
        while (self.path / "lock").exists():
            try:
                lock = os.open(self.path / "lock", os.O_RDWR)
            except FileNotFoundError:
                break  # somebody else was faster
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_still_there(lock):
                    self._remove()
            except BlockingIOError:
                return False
            finally:
                os.close(lock)
        return True

    def _remove(self) -> None:
        # Out of sight at once, so that a kill leaves a whole cache or none.
        trash = self.path.with_name(f"{_TRASH}{self.key}-{time.time_ns()}")
        self.path.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)  # else the next look at the caches does it
