"""Whether what makes data is still what a cache's key tells."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing.util import Finalize
from time import monotonic
from typing import Any

from labwork.core import ConfigError
from labwork.data._caches._fingerprint import changed_place, traced

__all__ = ["Watch", "filling_since"]

_REST = 20  # looking takes at most one part of so many of the time
_NEVER = float("-inf")
_since: ContextVar[float] = ContextVar("_since", default=_NEVER)


def filling_since() -> float:
    """When it was looked at what makes the value that is being computed for the disk.

    What was kept before that moment may have been made by something else. Without such a value,
    before all moments.
    """
    return _since.get()


class Watch:
    """Takes the fingerprint of what makes data again and again while a cache is being filled.

    A parameter, a global, a list in a closure can change after the key was found. It is looked at
    before the first value is written, then now and then, as it may take long, and at the end. What
    was written since it was last seen unchanged is withdrawn if it has changed.

    Args:
        made_by: gives what makes the data now.

    Attributes:
        key: its fingerprint.

    Raises:
        ConfigError: where it can't be known.
    """

    def __init__(self, made_by: Callable[[], Any]) -> None:
        self._made_by = made_by
        self.key, self._marks = traced(made_by())
        self._begin()

    def __getstate__(self) -> Any:
        return self._made_by, self.key, self._marks

    def __setstate__(self, state: Any) -> None:
        self._made_by, self.key, self._marks = state
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._looking = threading.RLock()
        self._looked, self._pause = _NEVER, 0.0
        self._written: list[Callable[[], None]] = []
        # Unlike those of weakref, it is called when a process of multiprocessing ends as well, and
        # not in one that was forked from this.
        held = (self._made_by, self.key, self._written)
        Finalize(self, _end, held, exitpriority=0)

    @contextmanager
    def filling(self, is_sure: bool = False) -> Iterator[None]:
        """While a value is computed that is to be written.

        Args:
            is_sure: whether to look just before and just after.

        Raises:
            ConfigError: where what makes it has changed.
        """
        self.look(monotonic() if is_sure else _NEVER)
        token = _since.set(max(self._looked, _since.get()))
        try:
            yield
        finally:
            _since.reset(token)
        if is_sure:
            self.look(monotonic())

    def look(self, since: float = _NEVER) -> None:
        """Looks, unless it did so since then and a short while ago.

        Raises:
            ConfigError: where what makes the data has changed; what was written is withdrawn.
        """
        if self._process != os.getpid():  # after a fork: what was written is the parent's
            self._begin()
        with self._looking:
            self._look(since)

    def _look(self, since: float) -> None:
        begin, seen = monotonic(), len(self._written)
        if self._looked >= since and begin - self._looked < self._pause:
            return
        key, _ = traced(self._made_by())
        if key != self.key:
            _withdraw(self._written)
            raise self._changed()
        del self._written[:seen]
        self._looked, self._pause = begin, _REST * (monotonic() - begin)

    def look_for_another(self) -> None:
        """Looks anew where what this cache gives is to be kept in another one on the disk."""
        if filling_since() > _NEVER:
            self.look(filling_since())

    def note(self, withdraw: Callable[[], None]) -> None:
        """Remembers how to take back what was written just now."""
        self._written.append(withdraw)

    def _changed(self) -> ConfigError:
        place = changed_place(self._made_by(), self._marks)
        return ConfigError(
            f"the cache {self.key[:12]} is of other data, as what makes them has changed since the"
            f" cache was asked for: {place}; ask for the cache anew, or give it a name if the data"
            " are the same nevertheless"
        )


def _end(made_by: Callable[[], Any], key: str, written: list[Callable[[], None]]) -> None:
    if not written:
        return
    found = None
    with suppress(ConfigError):
        found, _ = traced(made_by())
    if found != key:
        _withdraw(written)


def _withdraw(written: list[Callable[[], None]]) -> None:
    for withdraw in written:
        withdraw()
    written.clear()
