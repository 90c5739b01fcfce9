"""How fast it goes and how long it will take."""

from collections import deque

from labwork.reporting._sink import Progress

__all__ = ["RemainingTime", "Throughput"]


class Throughput:
    """Samples per second of each stage, over the last few seconds in which it ran.

    Args:
        window: how far back to look, in seconds. At least two counts are kept, so it also works
            where a step takes longer.

    >>> throughput = Throughput()
    >>> for second in range(3):
    ...     throughput.update(second, "train", 64 * second)
    >>> throughput.of("train")
    64.0
    """

    def __init__(self, window: float = 5.0) -> None:
        self._window = window
        self._stage = ""
        self._counts: deque[tuple[float, int]] = deque()
        self._rates: dict[str, float] = {}

    def update(self, now: float, stage: str, sample_count: int) -> None:
        """Takes the counter of ``stage`` at the time ``now`` in seconds."""
        counts = self._counts
        if stage != self._stage or (counts and sample_count < counts[-1][1]):
            self._stage = stage
            counts.clear()
        if not counts or sample_count > counts[-1][1]:
            counts.append((now, sample_count))
        while len(counts) > 2 and counts[1][0] <= now - self._window:
            counts.popleft()
        if len(counts) > 1:
            self._rates[stage] = self._rate(now)

    def of(self, stage: str) -> float | None:
        """Samples per second of ``stage`` when it last ran; None before that is known."""
        return self._rates.get(stage)

    def _rate(self, now: float) -> float:
        (start, first), (end, last) = self._counts[0], self._counts[-1]
        if now - end > end - start:  # waits for longer than it took: the waiting counts
            end = now
        return (last - first) / (end - start)


class RemainingTime:
    """Estimates the seconds until the last epoch ends.

    Only what this process ran counts: where it resumed takes no time and tells nothing. Once an
    epoch is over, epochs with all their stages are what is counted; before that, steps.

    Args:
        recent: how many of the last epochs to take the mean of.
        training: the stage whose steps make up an epoch.
    """

    def __init__(self, recent: int = 5, training: str = "train") -> None:
        self._training = training
        self._marks: deque[tuple[float, float]] = deque(maxlen=recent + 1)  # (epochs, time)
        self._epoch = 0
        self._fraction = 0.0

    @property
    def position(self) -> float:
        """Epochs completed, with the completed part of the one that runs."""
        return self._epoch + self._fraction

    def update(self, now: float, progress: Progress) -> None:
        """Takes the counters at the time ``now`` in seconds."""
        if progress.epoch != self._epoch:
            self._epoch, self._fraction = progress.epoch, 0.0
            if self._marks:
                self._mark_epoch(now)
                return  # the other counters may still be those of the epoch before
        if progress.stage == self._training and progress.step_count:
            self._fraction = min(progress.step / progress.step_count, 1.0)
            if not self._marks:
                self._marks.append((self.position, now))

    def seconds(self, now: float, epoch_count: int) -> float | None:
        """Seconds from ``now`` to the end of ``epoch_count`` epochs; None while unknown."""
        if not self._marks:
            return None
        left = epoch_count - self._epoch
        if left <= 0:
            return 0.0
        (first, start), (last, end) = self._marks[0], self._marks[-1]
        if last > first:
            epoch = (end - start) / (last - first)
            return max(epoch - (now - end), 0.0) + epoch * (left - 1)
        done = self.position - first
        return (now - start) / done * (epoch_count - self.position) if done > 0 else None

    def _mark_epoch(self, now: float) -> None:
        # The rest of an epoch that an earlier process began, with a whole validation, tells little.
        if self._epoch - self._marks[-1][0] < 0.9:
            self._marks.clear()
        self._marks.append((float(self._epoch), now))
