"""Callback: what reacts to the events of a training."""

from collections.abc import Mapping
from typing import Any

from labwork.core import Node, does_nothing

__all__ = ["Callback"]


class Callback(Node):
    """Reacts to events; a subclass defines those that it cares about, the others cost nothing.

    The first argument is whose loop it is, the trainer as a rule. The order of events::

        started
          epoch_started                 not again when an epoch is resumed in its middle
            step_completed (result)     after each step
          epoch_completed
            evaluation_started (split, loader)
              evaluation_step_completed (result)
            evaluated (split, results)
        completed | interrupted | failed (error)

    >>> class Stopper(Callback):
    ...     def step_completed(self, trainer, result):
    ...         trainer.loop.terminate()
    """

    @does_nothing
    def started(self, trainer: Any) -> None:
        """Before the first step of this process."""

    @does_nothing
    def epoch_started(self, trainer: Any) -> None:
        """Before the first step of an epoch."""

    @does_nothing
    def step_completed(self, trainer: Any, result: Any) -> None:
        """After a step; ``result`` is what the step returned."""

    @does_nothing
    def epoch_completed(self, trainer: Any) -> None:
        """After the last step of an epoch, when ``epoch`` is counted up already."""

    @does_nothing
    def evaluation_started(self, trainer: Any, split: str, loader: Any) -> None:
        """Before the first step of an evaluation of the data called ``split``."""

    @does_nothing
    def evaluation_step_completed(self, trainer: Any, result: Any) -> None:
        """After a step of an evaluation."""

    @does_nothing
    def evaluated(self, trainer: Any, split: str, results: Mapping[str, float]) -> None:
        """After an evaluation of the data called ``split``."""

    @does_nothing
    def completed(self, trainer: Any) -> None:
        """After the last epoch, or where the loop was ended for good."""

    @does_nothing
    def interrupted(self, trainer: Any) -> None:
        """After the step at which the loop was asked to stop, to be resumed later."""

    @does_nothing
    def failed(self, trainer: Any, error: BaseException) -> None:
        """After an exception, which is raised again."""
