"""EpochLoop: the only code that iterates."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from labwork.core import Node
from labwork.runtime import RandomState

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

    With data that can ``seek`` (``labwork.data.DataLoader``), the counters are all that resuming
    in the middle of an epoch needs. Of other iterables, such as PyTorch's loaders, the batches
    that are done already are read once more and dropped, with the global generators as they were
    when the epoch began, so that the order is the same.

    Attributes:
        epoch: completed epochs.
        step: completed steps, in all epochs.
        epoch_step: completed steps of the present epoch.
        ending: what ends after the present step: ``epoch``, ``run``, or nothing (empty).
        epoch_random: the states of the global generators at the start of the epoch, for data
            that can't ``seek``.

    Args:
        step: what is done with a batch.
        subject: what is handed to the events; by default the loop itself.

    >>> loop = EpochLoop(print)
    >>> loop.run(["a", "b"], epoch_count=2)
    a
    b
    a
    b
    >>> loop.epoch, loop.step, loop.epoch_step
    (2, 4, 0)
    """

    state_fields = ("epoch", "step", "epoch_step", "ending", "epoch_random")

    def __init__(self, step: Callable[[Any], Any], subject: Any = None) -> None:
        self._step = step
        self._subject = self if subject is None else subject
        self._is_interrupted = False
        self.epoch = self.step = self.epoch_step = 0
        self.ending = ""
        self.epoch_random: dict[str, Any] | None = None

    def run(self, data: Iterable[Any], epoch_count: int = 1) -> None:
        """Goes on until ``epoch_count`` epochs are completed, or until told to end.

        Args:
            data: batches; iterated anew for each epoch.
            epoch_count: how many epochs there are to be in all, earlier ones included.
        """
        self.status.phase = "running"
        try:
            self._call("started")
            while self.epoch < epoch_count and not self._ends_now():
                self._run_epoch(data)
            self._finish()
        except BaseException as error:
            self.status.fail(error)
            self._call("failed", error)
            raise
        finally:
            self._is_interrupted = False

    def terminate(self) -> None:
        """Ends the run for good after the present step, as early stopping does.

        It is part of the state, so a run that is resumed has ended, too; to go on nevertheless,
        set ``ending`` to an empty string.
        """
        self.ending = "run"

    def terminate_epoch(self) -> None:
        """Ends the epoch after the present step, as if the data ended there."""
        self.ending = self.ending or "epoch"

    def interrupt(self) -> None:
        """Stops the run after the present step, or before the first, to be resumed later."""
        self._is_interrupted = True

    def _ends_now(self) -> bool:
        return self._is_interrupted or self.ending == "run"

    def _run_epoch(self, data: Iterable[Any]) -> None:
        if self.epoch_step == 0:
            self._call("epoch_started")
        if not self.ending:
            self._run_steps(self._rest_of_epoch(data))
        if self._ends_now():
            return
        self.ending = ""
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
            if self.ending or self._is_interrupted:
                return

    def _rest_of_epoch(self, data: Iterable[Any]) -> Iterator[Any]:
        seek = getattr(data, "seek", None)
        if seek is not None:
            seek(self.epoch, self.epoch_step)
            return iter(data)
        if self.epoch_step == 0:
            self.epoch_random = RandomState().state_dict()
            return iter(data)
        return self._skip(data)

    def _skip(self, data: Iterable[Any]) -> Iterator[Any]:
        """Reads once more what is done already, then puts the generators where they belong."""
        present = RandomState().state_dict()
        if self.epoch_random is not None:
            RandomState().load_state_dict(self.epoch_random)
        batches = iter(data)
        for _ in range(self.epoch_step):
            next(batches, None)
        RandomState().load_state_dict(present)
        return batches

    def _finish(self) -> None:
        self.status.phase = "stopped" if self._is_interrupted else "completed"
        self._call("interrupted" if self._is_interrupted else "completed")

    def _call(self, event: str, *values: Any) -> None:
        self.callbacks.call(event, self._subject, *values)
