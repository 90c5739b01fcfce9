"""EpochLoop: the only code that iterates."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from labwork.core import Node

__all__ = ["EpochLoop"]


class EpochLoop(Node):
    """Runs ``step(batch)`` over epochs of data and raises events (see ``Callback``).

    As pseudocode::

        started
        while epoch < epoch_count:
            epoch_started
            for batch in data, from epoch_step on:
                result = step(batch)
                step, epoch_step = step + 1, epoch_step + 1
                step_completed(result)
            epoch, epoch_step = epoch + 1, 0
            epoch_completed
        completed

    Its state is three counters, and with data that can ``seek`` (``labwork.data.DataLoader``)
    they are all that resuming in the middle of an epoch needs. Of other iterables, the batches
    that are done already are read once more and dropped.

    Attributes:
        epoch: completed epochs.
        step: completed steps, in all epochs.
        epoch_step: completed steps of the present epoch.

    Args:
        step: what is done with a batch.
        subject: what is handed to the events; by default the loop itself.

    >>> loop = EpochLoop(print)
    >>> loop.run(["a", "b"], epoch_count=2)
    a
    b
    a
    b
    >>> loop.state_dict()
    {'epoch': 2, 'step': 4, 'epoch_step': 0}
    """

    state_fields = ("epoch", "step", "epoch_step")

    def __init__(self, step: Callable[[Any], Any], subject: Any = None) -> None:
        self._step = step
        self._subject = self if subject is None else subject
        self._ending: str = ""
        self.epoch = self.step = self.epoch_step = 0

    def run(self, data: Iterable[Any], epoch_count: int = 1) -> None:
        """Goes on until ``epoch_count`` epochs are completed, or until told to end.

        Args:
            data: batches; iterated anew for each epoch.
            epoch_count: how many epochs there are to be in all, earlier ones included.
        """
        self.status.phase = "running"
        try:
            self._call("started")
            while self.epoch < epoch_count and self._ending != "run":
                self._run_epoch(data)
            self._finish()
        except BaseException as error:
            self.status.fail(error)
            self._call("failed", error)
            raise
        finally:
            self._ending = ""

    def terminate(self) -> None:
        """Ends the run after the present step, or before the first; it can be resumed there."""
        self._ending = "run"

    def terminate_epoch(self) -> None:
        """Ends the epoch after the present step, as if the data ended there."""
        self._ending = self._ending or "epoch"

    def _run_epoch(self, data: Iterable[Any]) -> None:
        if self.epoch_step == 0:
            self._call("epoch_started")
        self._run_steps(self._rest_of_epoch(data))
        if self._ending == "run":
            return
        self._ending = ""
        self.epoch, self.epoch_step = self.epoch + 1, 0
        self._call("epoch_completed")

    def _run_steps(self, batches: Iterator[Any]) -> None:
        step, subject = self._step, self._subject
        handlers = self.callbacks.handlers("step_completed")
        for batch in batches:
            result = step(batch)
            self.step += 1
            self.epoch_step += 1
            for handler in handlers:
                handler(subject, result)
            if self._ending:
                return

    def _rest_of_epoch(self, data: Iterable[Any]) -> Iterator[Any]:
        seek = getattr(data, "seek", None)
        if seek is None:
            return islice(data, self.epoch_step, None)
        seek(self.epoch, self.epoch_step)
        return iter(data)

    def _finish(self) -> None:
        stopped = self._ending == "run"
        self.status.phase = "stopped" if stopped else "completed"
        self._call("terminated" if stopped else "completed")

    def _call(self, event: str, *values: Any) -> None:
        self.callbacks.call(event, self._subject, *values)
