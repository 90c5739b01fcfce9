"""EvaluateSplits: evaluation on a schedule."""

from collections.abc import Mapping
from typing import Any

from labwork.core import Every
from labwork.training._callback import Callback

__all__ = ["EvaluateSplits"]


class EvaluateSplits(Callback):
    """Evaluates the model on data sets from time to time, and in the end.

    Args:
        splits: the data, by name.
        every: when.
    """

    state_fields = ("evaluated_step",)

    def __init__(self, splits: Mapping[str, Any], every: Every | str = "1ep") -> None:
        self._splits = splits
        self.evaluated_step = -1
        self._every = Every.of(every)

    def step_completed(self, trainer: Any, result: Any) -> None:
        """Evaluates where it is due at this step."""
        if self._every.is_due_at_step(trainer.loop.step):
            self._evaluate(trainer)

    def epoch_completed(self, trainer: Any) -> None:
        """Evaluates where it is due after this epoch."""
        if self._every.is_due_at_epoch(trainer.loop.epoch):
            self._evaluate(trainer)

    def completed(self, trainer: Any) -> None:
        """Evaluates what the training ended with, unless that is done."""
        if self.evaluated_step != trainer.loop.step:
            self._evaluate(trainer)

    def _evaluate(self, trainer: Any) -> None:
        self.evaluated_step = trainer.loop.step
        for name, data in self._splits.items():
            trainer.evaluate(data, name)
