"""The counters of a running loop, with times."""

import time
from collections.abc import Callable

from labwork.reporting._rate import RemainingTime, Throughput
from labwork.reporting._sink import Progress
from labwork.reporting._text import duration

__all__ = ["Pace"]


class Pace:
    """Looks at a loop's counters now and then, so that the loop need not tell how fast it is.

    Args:
        progress: the counters.
        clock: the time in seconds.
    """

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._start = clock()
        self._throughput = Throughput()
        self._remaining = RemainingTime()

    def update(self) -> None:
        """Looks at the counters."""
        progress, now = self._progress, self._clock()
        self._remaining.update(now, progress)
        self._throughput.update(now, progress.stage, progress.sample_count)

    @property
    def fraction(self) -> float:
        """The completed part of the training, from 0 to 1."""
        count = self._progress.epoch_count
        return min(self._remaining.position / count, 1.0) if count else 0.0

    @property
    def elapsed(self) -> str:
        """The time since this object was made, as text."""
        return f"{duration(self._clock() - self._start)} elapsed"

    @property
    def left(self) -> str:
        """The remaining time, as text; empty while unknown."""
        count = self._progress.epoch_count
        seconds = self._remaining.seconds(self._clock(), count) if count else None
        return "" if seconds is None else f"{duration(seconds)} left"

    def speed(self, stage: str) -> str:
        """Samples per second of a stage, as text; empty while unknown."""
        rate = self._throughput.of(stage)
        if rate is None:
            return ""
        return f"{rate:,.0f} samples/s" if rate >= 10 else f"{rate:.2g} samples/s"
