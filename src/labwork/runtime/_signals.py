"""Being asked to stop, by Ctrl-C or by SIGTERM."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stop_on_signals"]


@contextmanager
def stop_on_signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Calls ``stop(number of the signal)`` on the first Ctrl-C (SIGINT) or SIGTERM.

    A second one interrupts at once, with KeyboardInterrupt. Outside the main thread, where
    Python takes no signals, nothing changes. The earlier handlers come back in the end.

    >>> import os
    >>> numbers = []
    >>> with stop_on_signals(numbers.append):
    ...     os.kill(os.getpid(), signal.SIGTERM)
    >>> numbers == [signal.SIGTERM]
    True
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt
        stop(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, earlier, strict=True):
            signal.signal(number, handler)
