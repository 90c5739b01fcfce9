"""A display at the bottom of the terminal that follows the training."""

import os
import sys

from rich.console import Console
from rich.file_proxy import FileProxy
from rich.live import Live
from rich.text import Text

from labwork.reporting._frame import Frame
from labwork.reporting._pace import Pace
from labwork.reporting._sink import Progress, Report, Sink
from labwork.reporting._text import report_line

__all__ = ["LiveDisplay"]


class LiveDisplay(Sink):
    """Shows stage, epoch, step, a bar, times, throughput and the newest metrics of each split.

    It reads the counters a few times a second in a thread of its own, so the loop does nothing
    for it. Above it stay the lines that are to be kept: messages, notices, and the reports of all
    splits but ``train``. Prints and warnings appear above it as well. Where the console is no
    terminal, only those lines are written, without colours.

    Args:
        progress: the counters of the loop.
        console: where to draw; standard output if None.
        refresh_per_second: how often.
    """

    def __init__(
        self, progress: Progress, console: Console | None = None, refresh_per_second: float = 4
    ) -> None:
        self._progress = progress
        self._console = console or Console()
        self._pace = Pace(progress)
        self._metrics: dict[str, dict[str, tuple[float, float | None]]] = {}
        self._refresh_per_second = refresh_per_second
        self._live: Live | None = None

    def open(self) -> None:
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=self._refresh_per_second,
            transient=not self._console.is_terminal,  # elsewhere, rich would write a last picture
        )
        self._live.start()

    def report(self, report: Report) -> None:
        old = self._metrics.get(report.split, {})
        new = {
            name: (value, old[name][0] if name in old else None)
            for name, value in report.scalars.items()
        }
        # A new mapping, for the display's thread may be walking through the old one.
        self._metrics = {**self._metrics, report.split: {**old, **new}}
        if report.split != "train":
            self.message(report_line(report, self._progress.epoch_count))

    def message(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)

    def notice(self, text: str) -> None:
        self._console.print(Text(text, style="dim"), soft_wrap=True)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _draw(self) -> Frame:
        self._pace.update()
        return Frame(self._progress, self._pace, self._metrics)


def _unwrap_streams() -> None:
    """Gives a forked process the plain streams back.

    The display redirects them to itself under a lock, and a data worker that is forked while the
    lock is held would wait for ever when it prints.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, FileProxy):
            setattr(sys, name, stream.rich_proxied_file)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unwrap_streams)
