"""What suits the stream: a display that moves, or lines."""

from typing import TextIO

import rich.console

from labwork.reporting._console import Console
from labwork.reporting._live import LiveDisplay
from labwork.reporting._sink import Progress, Sink

__all__ = ["terminal_sink"]


def terminal_sink(progress: Progress, stream: TextIO) -> Sink:
    """Makes a ``LiveDisplay`` where ``stream`` is a terminal that can move its cursor.

    Args:
        progress: the counters of the loop.
        stream: where to write.

    Returns:
        the display, or else a ``Console``.

    >>> import io
    >>> type(terminal_sink(Progress(), io.StringIO())).__name__
    'Console'
    """
    if stream.isatty():
        console = rich.console.Console(file=stream)
        if not console.is_dumb_terminal:
            return LiveDisplay(progress, console)
    return Console(progress, stream)
