"""What the live display shows: a picture of the counters and the newest metrics."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from labwork.reporting._pace import Pace
from labwork.reporting._sink import Progress
from labwork.reporting._text import number

__all__ = ["Frame", "Metrics"]

Metrics = Mapping[str, Mapping[str, tuple[float, float | None]]]
"""The newest value and the one before it, by split and name."""

BOLD, DIM, DONE = Style(bold=True), Style(dim=True), Style(color="cyan")
NEWLINE = Segment.line()


class Frame:
    """Renders one picture in some 0.1 ms: text is laid out here, and rich only writes it.

    Args:
        progress: the counters of the loop.
        pace: the times that belong to them.
        metrics: newest values.
    """

    def __init__(self, progress: Progress, pace: Pace, metrics: Metrics) -> None:
        self._progress = progress
        self._pace = pace
        self._metrics = metrics

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._head()
        yield from self._bar(options.max_width, "-" if options.ascii_only else "━")
        yield from self._table(options.ascii_only)

    def _head(self) -> Iterator[Segment]:
        p = self._progress
        epoch = min(p.epoch + (p.stage == "train"), p.epoch_count)
        idle = "done" if p.epoch_count and p.epoch >= p.epoch_count else "waiting"
        yield Segment(f"{p.stage or idle:<8}", BOLD)
        yield Segment(f"epoch {epoch}/{p.epoch_count}")
        if p.stage:
            yield Segment(f"  step {p.step}/{p.step_count}  {self._pace.speed(p.stage)}")
        yield NEWLINE

    def _bar(self, width: int, line: str) -> Iterator[Segment]:
        fraction = self._pace.fraction
        times = "  ".join(filter(None, (self._pace.elapsed, self._pace.left)))
        text = f" {100 * fraction:3.0f}%  {times}"
        length = max(width - len(text), 0)
        done = int(fraction * length)
        yield Segment(line * done, DONE)
        yield Segment(line * (length - done), DIM)
        yield Segment(text)
        yield NEWLINE

    def _table(self, ascii_only: bool) -> Iterator[Segment]:
        """A row for each metric, a column for each split, and how values changed."""
        arrows = "^v" if ascii_only else "↑↓"
        metrics = self._metrics
        names = list(dict.fromkeys(name for values in metrics.values() for name in values))
        columns = [
            _column(split, [_cell(values.get(name), arrows) for name in names])
            for split, values in metrics.items()
        ]
        if columns:
            title, *names = _column("", names)
            for i, name in enumerate([title, *names]):
                yield Segment(f"{name}{''.join(column[i] for column in columns)}", _style(i))
                yield NEWLINE


def _style(row: int) -> Style | None:
    return DIM if row == 0 else None


def _cell(values: tuple[float, float | None] | None, arrows: str) -> str:
    if values is None:
        return ""
    new, old = values
    if old is None or not (new > old or new < old):  # the same, or NaN
        return f"{number(new)}  "
    return f"{number(new)} {arrows[0] if new > old else arrows[1]}"


def _column(title: str, cells: Sequence[str]) -> list[str]:
    """Pads to equal lengths; two more separate the columns."""
    width = max(map(len, [title, *cells])) + 2
    return [f"{cell:<{width}}" for cell in [title, *cells]]
