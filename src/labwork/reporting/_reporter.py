"""What trainers hand their reports to."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, SupportsFloat

from labwork.reporting._sink import Report, Sink

__all__ = ["Reporter", "Scalar"]

Scalar = SupportsFloat | Callable[[], SupportsFloat]
"""A number, a tensor of one element, or a function that returns one of these."""


class Reporter:
    """Hands reports to all sinks, in the background.

    The caller waits neither for a device nor for a disk: a scalar may be a tensor that is still
    being computed, or a function, and becomes a number in the background. It must not be changed
    after it was handed over.

    When a sink fails, the others still get the report. Then the error of an essential sink goes
    on to whoever runs the jobs, and any other sink is dropped with a notice.

    Args:
        sinks: sinks by name.
        submit: runs a job in the background, one after the other in the order of the calls.

    >>> from labwork.reporting import Console, Progress
    >>> reporter = Reporter({"console": Console(Progress())}, submit=lambda job: job())
    >>> reporter.report("train", epoch=0, step=7, scalars={"loss": lambda: 0.5})
    epoch 0  step 7  train  loss 0.5
    """

    def __init__(
        self, sinks: Mapping[str, Sink], submit: Callable[[Callable[[], None]], None]
    ) -> None:
        self._sinks = dict(sinks)
        self._dropped: dict[str, dict[str, Any]] = {}
        self._submit = submit

    def open(self) -> None:
        """Gets the sinks ready; comes after ``load_state_dict``, if that is called."""
        self._submit(lambda: self._each(lambda sink: sink.open()))

    def report(self, split: str, epoch: int, step: int, scalars: Mapping[str, Scalar]) -> None:
        """Reports scalars of one split at one step.

        Args:
            split: name of the data, such as ``val``.
            epoch: number of completed epochs.
            step: number of completed training steps.
            scalars: what to report, by name. Nothing is evaluated if there are no sinks.

        Raises:
            ValueError: (in the background) a scalar is no number; the message names it.
        """
        scalars = dict(scalars)
        self._submit(lambda: self._report(split, epoch, step, scalars))

    def message(self, text: str) -> None:
        """Tells people something that a repetition of the run would tell too."""
        self._submit(lambda: self._each(lambda sink: sink.message(text)))

    def notice(self, text: str) -> None:
        """Tells people something about this process."""
        self._submit(lambda: self._each(lambda sink: sink.notice(text)))

    def close(self) -> None:
        """Closes the sinks when all is reported."""
        self._submit(self.close_now)

    def close_now(self) -> None:
        """Closes the sinks in the calling thread; for when no background is left to do it.

        It does no harm to sinks that are closed already.
        """
        self._each(lambda sink: sink.close())

    def state_dict(self) -> dict[str, Any]:
        """The states of the sinks by name; call it in the background.

        A sink that was dropped keeps the state it had then.
        """
        states = dict(self._dropped)
        self._each_named(lambda name, sink: states.update({name: sink.state_dict()}))
        return {name: states[name] for name in sorted(states)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Cuts the output of the sinks back; comes before ``open``.

        A sink that ``state`` does not know was added since. It starts as in a new run: what lies
        at its place is a leftover of something else and does not survive. States of sinks that
        are no longer there are ignored.

        Raises:
            StateError: a file is shorter than it was.
        """
        for name, sink in self._sinks.items():
            if name in state:
                sink.load_state_dict(state[name])

    def _report(self, split: str, epoch: int, step: int, scalars: Mapping[str, Scalar]) -> None:
        if self._sinks:
            values = {n: _evaluate(v, f"{n!r} of {split!r}") for n, v in scalars.items()}
            report = Report(split, epoch, step, values)
            self._each(lambda sink: sink.report(report))

    def _each(self, act: Callable[[Sink], None]) -> None:
        self._each_named(lambda name, sink: act(sink))

    def _each_named(self, act: Callable[[str, Sink], None]) -> None:
        failures: dict[str, Exception] = {}
        for name, sink in self._sinks.items():
            try:
                act(name, sink)
            except Exception as error:  # noqa: BLE001 - other sinks get their turn first
                failures[name] = error
        for name, failure in failures.items():
            if self._sinks[name].essential:
                failure.add_note(f"The sink {name!r} failed; the run cannot go on without it.")
                raise failure
        for name in failures:
            self._drop(name)
        for name, failure in failures.items():
            self._tell_of_drop(name, failure)

    def _tell_of_drop(self, name: str, error: Exception) -> None:
        text = f"The sink {name!r} failed and is dropped: {type(error).__name__}: {error}"
        self._each(lambda sink: sink.notice(text))

    def _drop(self, name: str) -> None:
        sink = self._sinks.pop(name)
        with suppress(Exception):  # it failed once and may do so again
            self._dropped[name] = sink.state_dict()
        with suppress(Exception):
            sink.close()


def _evaluate(value: Scalar, name: str) -> float:
    try:
        number: Any = value() if callable(value) else value
        # A tensor that requires a gradient warns when it is converted.
        return float(number.detach() if hasattr(number, "detach") else number)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"The scalar {name} is no number: {error}") from error
