"""What a sink is handed and what it must do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = ["Progress", "Report", "Sink"]


@dataclass(frozen=True, slots=True)
class Report:
    """Scalars of one split at one step.

    Attributes:
        split: name of the data, such as ``train`` or ``val``.
        epoch: number of completed epochs (fractions are not counted).
        step: number of completed training steps.
        scalars: plain numbers by name.
    """

    split: str
    epoch: int
    step: int
    scalars: Mapping[str, float]


@dataclass(slots=True)
class Progress:
    """Counters of a running loop, written by the loop and read by displays at any time.

    Attributes:
        stage: what is running, such as ``train`` or ``val``; empty when nothing is.
        epoch: number of completed epochs.
        epoch_count: epochs in all.
        step: steps completed in this epoch of this stage.
        step_count: steps in an epoch of this stage.
        sample_count: samples processed by this stage since the program started.
    """

    stage: str = ""
    epoch: int = 0
    epoch_count: int = 0
    step: int = 0
    step_count: int = 0
    sample_count: int = 0


class Sink(ABC):
    """A place where reports go: a file, a terminal, TensorBoard.

    All methods are called from one background thread, in the order of the reports, so a sink
    may be slow without holding up training. An ``essential`` sink that fails stops the run;
    another is dropped with a warning.
    """

    essential: ClassVar[bool] = False

    def open(self) -> None:
        """Gets ready; called once, before anything else, and after ``load_state_dict``."""

    @abstractmethod
    def report(self, report: Report) -> None:
        """Takes one report."""

    def message(self, text: str) -> None:
        """Takes one line for people; it holds no wall-clock times, so that it can be repeated."""

    def notice(self, text: str) -> None:
        """Takes one line about this process, such as where it resumed; no part of the results."""

    def close(self) -> None:
        """Writes out what is left and lets go of resources."""

    def state_dict(self) -> dict[str, Any]:
        """What is needed to cut the output back to this point."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Cuts the output back to where it stood when ``state`` was taken."""
