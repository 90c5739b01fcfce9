"""Locks on single samples, which end with the process that holds them."""

import errno
import fcntl
import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Locks"]

_PAUSE = 0.01  # seconds
_everywhere: "weakref.WeakSet[Locks]" = weakref.WeakSet()


class Locks:
    """As many locks as numbers below 2**62, in one empty file.

    Each is a record lock on one byte. It keeps out other processes, whether forked or not, and the
    kernel frees it when its holder dies, ``kill -9`` included. It doesn't keep out threads of the
    holder, and all are lost when the process closes any descriptor of the file: so there is
    one object for a file in a process, with a lock for its threads.

    Args:
        path: the file; made if need be.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._threads = threading.RLock()
        weakref.finalize(self, os.close, self._file)
        _everywhere.add(self)

    @contextmanager
    def held(self, number: int) -> Iterator[None]:
        """Holds the lock ``number``; waits for it."""
        with self._threads:
            self._take(number)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    def _take(self, number: int) -> None:
        while True:
            try:
                return fcntl.lockf(self._file, fcntl.LOCK_EX, 1, number)
            except OSError as error:
                # The kernel takes two threads that wait for different things for one.
                if error.errno != errno.EDEADLK:
                    raise
                time.sleep(_PAUSE)

    def renew(self) -> None:
        """After a fork: the threads that might hold the lock aren't there."""
        self._threads = threading.RLock()


def _renew_all() -> None:
    for locks in _everywhere:
        locks.renew()


os.register_at_fork(after_in_child=_renew_all)
