"""Reports as plain lines, for where there is no terminal."""

import sys
import threading
from typing import TextIO

from labwork.reporting._pace import Pace
from labwork.reporting._sink import Progress, Report, Sink
from labwork.reporting._text import report_line

__all__ = ["Console"]


class Console(Sink):
    """A line for each report, message and notice; each is flushed.

    A report's line ends with the remaining time and the samples per second of the stage that has
    the split's name, once these are known.

    Args:
        progress: the counters of the loop.
        stream: where to write; standard output if None.

    >>> console = Console(Progress(epoch_count=10))
    >>> console.report(Report("val", epoch=1, step=50, scalars={"loss": 0.25, "top1": 0.5}))
    epoch  1/10  step 50  val    loss 0.25  top1 0.5
    """

    def __init__(self, progress: Progress, stream: TextIO | None = None) -> None:
        self._progress = progress
        self._stream = stream
        self._pace = Pace(progress)
        self._closed = threading.Event()

    def open(self) -> None:
        self._closed = threading.Event()
        # Reports come when a stage is over and the next one counts, so somebody must look earlier.
        threading.Thread(target=self._watch, args=(self._closed,), daemon=True).start()

    def report(self, report: Report) -> None:
        line = report_line(report, self._progress.epoch_count)
        pace = ", ".join(filter(None, (self._pace.left, self._pace.speed(report.split))))
        self.message(f"{line}  ({pace})" if pace else line)

    def message(self, text: str) -> None:
        print(text, file=self._stream or sys.stdout, flush=True)

    def notice(self, text: str) -> None:
        self.message(text)

    def close(self) -> None:
        self._closed.set()

    def look(self) -> None:
        """Looks at the counters; done twice a second while the console is open."""
        self._pace.update()

    def _watch(self, closed: threading.Event) -> None:
        while not closed.wait(0.5):
            self.look()
