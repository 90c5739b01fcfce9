"""The background thread: what a step must not wait for is done there, in order."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Self

__all__ = ["Background"]

Job = Callable[[], None]


class Background:
    """One thread that does jobs in the order in which they were submitted.

    Since reports and checkpoints go through the same thread, a checkpoint is complete only after
    all that was reported before it is written. When a job fails, those after it are dropped, and
    the error is raised in whatever thread submits, checks or waits from then on.

    >>> done = []
    >>> with Background() as background:
    ...     background.submit(lambda: done.append(1))
    ...     background.wait()
    ...     print(done)
    [1]
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Puts ``job`` at the end of the queue; returns at once."""
        self.check()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="labwork", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def check(self) -> None:
        """Raises the error of a job that failed."""
        if self.error is not None:
            raise self.error

    def wait(self) -> None:
        """Waits until all that was submitted is done, then checks."""
        if self._thread is not None:
            reached = threading.Event()
            self._jobs.put(reached.set)
            reached.wait()
        self.check()

    def close(self) -> None:
        """Waits, ends the thread, and checks."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()
        self.check()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self.error is not None and not _is_signal(job):
                continue
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - handed over to the main thread
                self.error = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
            return
        try:
            self.close()
        except BaseException as other:  # noqa: BLE001 - the first error is the one to tell
            if other is error:
                return
            error.add_note(f"Besides, a background job failed: {other!r}")


def _is_signal(job: Job) -> bool:
    """Whether the job only tells a waiting thread that its turn has come."""
    return isinstance(getattr(job, "__self__", None), threading.Event)
