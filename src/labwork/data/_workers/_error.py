"""What is told of a worker that died."""

import signal

from labwork.core import LabworkError
from labwork.data._fetch import Task

__all__ = ["WorkerError", "dead_worker"]

_WRITTEN_OUT = 8  # indices
_MEMORY = "fewer workers, smaller batches or a smaller prefetch_count need less"
_CRASH = "native code that the dataset calls crashed: python -X faulthandler shows where"
_OTHER = "something asked it to end"
_CAUSES = {
    signal.SIGKILL: f"perhaps the machine ran out of memory: {_MEMORY}",
    signal.SIGBUS: f"perhaps shared memory is full (df -h /dev/shm): {_MEMORY}",
    **dict.fromkeys((signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL), _CRASH),
}


class WorkerError(LabworkError, RuntimeError):
    """A loader's worker ended before it was told to; iterating again starts new workers.

    Attributes:
        exit_code: what it exited with; for one that a signal killed, the signal's number, negative.
        indices: of the samples that it was fetching; none where it had nothing to do.
    """

    def __init__(self, message: str, exit_code: int | None, indices: tuple[int, ...] = ()) -> None:
        super().__init__(message, exit_code, indices)
        self.exit_code, self.indices = exit_code, indices

    def __str__(self) -> str:
        return str(self.args[0])


def dead_worker(name: str, exit_code: int | None, task: Task | None, dataset: str) -> WorkerError:
    """The error for a worker that died, to be raised by the caller.

    Args:
        name: what the worker is called in the message.
        exit_code: as ``multiprocessing.Process`` has it; None where it isn't known.
        task: what it was doing; None where it waited or had yet to begin.
        dataset: the chain of changes.
    """
    end, cause = _end(exit_code)
    indices = () if task is None else tuple(task.indices.tolist())
    doing = "between batches"
    if task is not None:
        doing = f"while it fetched batch {task.position} of epoch {task.epoch}, {_samples(indices)}"
    return WorkerError(f"{name} {end} {doing} of {dataset}; {cause}", exit_code, indices)


def _end(exit_code: int | None) -> tuple[str, str]:
    if exit_code is None or exit_code >= 0:
        code = "" if exit_code is None else f" with exit code {exit_code}"
        return f"ended{code}", "the dataset's code, or what it calls, ended the process"
    try:
        name = signal.Signals(-exit_code)
    except ValueError:  # a real-time signal
        return f"was killed by signal {-exit_code}", _OTHER
    return f"was killed by {name.name}", _CAUSES.get(name, _OTHER)


def _samples(indices: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, indices[:_WRITTEN_OUT]))
    return f"samples {shown}{f' … ({len(indices)})' if len(indices) > _WRITTEN_OUT else ''}"
