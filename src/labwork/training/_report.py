"""ReportMetrics: the one callback that feeds reports."""

from collections.abc import Mapping
from typing import Any

from labwork.core import Every
from labwork.reporting import Progress, Reporter
from labwork.training._callback import Callback

__all__ = ["ReportMetrics"]


class ReportMetrics(Callback):
    """Gathers the training metrics and hands them, and results of evaluations, to a reporter.

    The metrics stay on the device: the reporter turns them into numbers, in its own thread.

    Args:
        trainer: what makes the metrics.
        reporter: where reports go.
        every: when training metrics are reported; they cover the time since the last report.
        progress: counters to keep up to date, for a display.
    """

    state_fields = ("reported_step",)

    def __init__(
        self,
        trainer: Any,
        reporter: Reporter,
        every: Every | str = "1ep",
        progress: Progress | None = None,
    ) -> None:
        self.metrics = trainer.make_metrics()
        self.reported_step = 0
        self._updates = [metric.update for metric in self.metrics.values()]
        self._reporter = reporter
        self._every = Every.of(every)
        self._by_steps = self._every.unit == "it"
        self._progress = progress or Progress()
        self._batch_size = trainer.batch_size

    def started(self, trainer: Any) -> None:
        """Tells the display what it is to count to."""
        self._progress.epoch, self._progress.epoch_count = trainer.loop.epoch, trainer.epoch_count
        self._show_training(trainer)

    def step_completed(self, trainer: Any, result: Any) -> None:
        """Takes in what the step returned."""
        for update in self._updates:
            update(result)
        progress = self._progress
        progress.step += 1
        progress.sample_count += self._batch_size
        if self._by_steps and self._every.is_due_at_step(trainer.loop.step):
            self._report(trainer)

    def epoch_completed(self, trainer: Any) -> None:
        """Reports where it is due after this epoch."""
        self._progress.epoch, self._progress.step = trainer.loop.epoch, 0
        if self._every.is_due_at_epoch(trainer.loop.epoch):
            self._report(trainer)

    def evaluation_started(self, trainer: Any, split: str, loader: Any) -> None:
        """Tells the display that it is an evaluation now."""
        self._progress.stage, self._progress.step = split, 0
        self._progress.step_count = len(loader)

    def evaluation_step_completed(self, trainer: Any, result: Any) -> None:
        """Counts the step."""
        self._progress.step += 1

    def evaluated(self, trainer: Any, split: str, results: Mapping[str, float]) -> None:
        """Hands on the results of an evaluation."""
        self._show_training(trainer)
        self._reporter.report(split, trainer.loop.epoch, trainer.loop.step, results)

    def completed(self, trainer: Any) -> None:
        """Reports what isn't yet; tells the display that it is over."""
        if self.reported_step != trainer.loop.step:
            self._report(trainer)
        self._progress.stage = ""

    def interrupted(self, trainer: Any) -> None:
        """Tells the display that it is over."""
        self._progress.stage = ""

    def failed(self, trainer: Any, error: BaseException) -> None:
        """Tells the display that it is over."""
        self._progress.stage = ""

    def _show_training(self, trainer: Any) -> None:
        progress = self._progress
        progress.step, progress.step_count = trainer.loop.epoch_step, len(trainer.loader)
        progress.stage = "train" if trainer.loop.status.phase == "running" else ""

    def _report(self, trainer: Any) -> None:
        values = {name: metric.compute() for name, metric in self._named_metrics()}
        values["lr"] = trainer.optimizer.param_groups[0]["lr"]
        self._reporter.report("train", trainer.loop.epoch, trainer.loop.step, values)
        self.reported_step = trainer.loop.step
        for metric in self.metrics.values():
            metric.reset()

    def _named_metrics(self) -> list[tuple[str, Any]]:
        return [(name, self.metrics[name]) for name in self.metrics]
