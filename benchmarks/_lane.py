"""A contestant's process, frozen whenever another one runs."""

import os
import signal
import sys
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from ._pace import Contestant, Pace, Plan
from ._workload import Workload

__all__ = ["Lane"]


class Lane:
    """Runs a contestant in turns.

    Separate processes keep imports, patches and garbage of one contestant away from another,
    and a stopped process has no threads that go on in the background: what a contestant has
    put off is paid in its own turns.

    Args:
        contestant: who runs.
        plan: the length of a turn.
        folder: a directory to be made for what the contestant writes.
    """

    def __init__(self, contestant: Contestant, plan: Plan, folder: Path) -> None:
        folder.mkdir()
        self.name = contestant.name
        self._log = folder / "output.txt"
        self._connection, theirs = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(
            target=_run, args=(contestant, plan, folder, self._log, theirs)
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.join()

    def get_ready(self) -> None:
        """Waits until everything is imported and built."""
        self._receive()

    def run_turn(self) -> float:
        """Lets the contestant run for one turn and returns its seconds per epoch."""
        self._send(True)
        return float(self._receive())

    def finish(self) -> None:
        """Lets the contestant come to its end."""
        self._send(False)
        self._process.join()
        if self._process.exitcode:
            raise self._failure()

    def _send(self, go_on: bool) -> None:
        self._connection.send(go_on)
        self._signal(signal.SIGCONT)

    def _receive(self) -> Any:
        try:
            answer = self._connection.recv()
        except EOFError:
            raise self._failure() from None
        self._signal(signal.SIGSTOP)
        return answer

    def _signal(self, number: signal.Signals) -> None:
        if self._process.pid is not None:
            os.kill(self._process.pid, number)

    def _failure(self) -> RuntimeError:
        tail = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
        return RuntimeError(f"{self.name} did not finish. The end of its output:\n{tail}")


def _run(
    contestant: Contestant, plan: Plan, folder: Path, log: Path, connection: Connection
) -> None:
    _redirect_output(log)
    os.chdir(folder)
    # With more threads the cost of a step this small is that of waking them up.
    torch.set_num_threads(1)
    contestant.train(Workload(folder, checkpoint_every=plan.epochs), Pace(connection, plan))


def _redirect_output(log: Path) -> None:
    """Sends what is printed to a file, so that no progress bar is drawn over another."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
