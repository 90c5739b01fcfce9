"""Who races, for how long, and the stop watch that a contestant carries."""

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter

from ._workload import Workload

__all__ = ["Contestant", "Pace", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to race.

    Attributes:
        rounds: turns that count; one more before them warms up.
        seconds: least duration of a turn.
        epochs: a turn lasts a multiple of this number of epochs. Checkpoints are written as
            often, so that every turn pays for its share of them.
    """

    rounds: int = 21
    seconds: float = 0.2
    epochs: int = 50


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to train.

    Attributes:
        name: for people.
        train: trains a workload, epoch after epoch, for as long as ``Pace.epoch`` says so. It
            is a function of a module, because it is called in a process of its own.
        package: the distribution that must be installed.
    """

    name: str
    train: Callable[[Workload, "Pace"], None]
    package: str = "torch"


class Pace:
    """Turns and stop watch of a contestant.

    ``epoch`` is called at the beginning of each epoch, so what is timed is whole periods from
    beginning to beginning: they include what a framework does between two epochs, and exclude
    imports, construction and, since the first turn is thrown away, warming up. A framework that
    owns its loop calls it from a hook; thus one long fit is timed, and not its restarts.

    Args:
        connection: where times go and permissions come from.
        plan: the length of a turn.
    """

    def __init__(self, connection: Connection, plan: Plan) -> None:
        self._connection, self._plan = connection, plan
        self._epochs, self._start = 0, 0.0
        self._going: bool | None = None

    def epoch(self) -> bool:
        """Says whether to train another epoch, after waiting for our turn where need be."""
        if self._going is None:
            self._wait(None)
        elif self._going and self._turn_is_over():
            self._wait((perf_counter() - self._start) / self._epochs)
        self._epochs += 1
        return bool(self._going)

    def _turn_is_over(self) -> bool:
        is_whole = self._epochs % self._plan.epochs == 0
        return is_whole and perf_counter() - self._start >= self._plan.seconds

    def _wait(self, seconds_per_epoch: float | None) -> None:
        self._connection.send(seconds_per_epoch)
        self._going = self._connection.recv()
        self._epochs, self._start = 0, perf_counter()
