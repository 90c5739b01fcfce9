"""Workers: processes that fetch batches ahead, in order."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import connection as connections
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from time import monotonic
from typing import Any, NoReturn

import torch
from torch import Tensor

from labwork.data._fetch import Fetch, Task
from labwork.data._workers._error import dead_worker
from labwork.data._workers._parcel import Parcel
from labwork.data._workers._serve import Failure, Message, serve

__all__ = ["Workers"]

_LOOK = 1.0  # seconds between looks at whether all workers live, should nothing tell so before
_GRACE = 5.0  # seconds for a worker to complete a batch when it is told to end


class Workers:
    """Processes that fetch batches, each connected by a pipe of its own.

    Batch ``i`` is fetched by worker ``i % count``. Its pipe ends with it, so that a worker that
    dies is noticed at once, whatever it was doing.

    Args:
        fetch: what they do with a task.
        count: how many there are.
        prefetch_count: tasks that each is given ahead.
    """

    def __init__(self, fetch: Fetch, count: int, prefetch_count: int) -> None:
        self._dataset, self._ahead = fetch.dataset, count * prefetch_count
        self._walk = 0
        self._doing = torch.full((count,), -1).share_memory_()
        self._members: list[_Member] = []
        # To be ended before multiprocessing kills what is left and waits for it.
        self._end = Finalize(self, _end, (self._members,), exitpriority=1)
        for number in range(count):
            self._members.append(_start(fetch, number, self._doing, self._members))

    def results(self, tasks: Iterator[Task]) -> Iterator[Any]:
        """The batches in order; what an earlier call began is dropped.

        Raises:
            WorkerError: where a worker died.
            Exception: what fetching a batch raised.
        """
        self._walk += 1
        for member in self._members:
            member.tasks.clear()
        owing: deque[_Member] = deque()
        for member, task in zip(cycle(self._members), islice(tasks, self._ahead), strict=False):
            self._give(member, task)
            owing.append(member)
        while owing:
            member = owing.popleft()
            batch = self._take(member)
            for task in islice(tasks, 1):
                self._give(member, task)
                owing.append(member)
            yield batch

    def close(self) -> None:
        """Ends the processes, after the batches that they are at."""
        self._end()

    def _give(self, member: "_Member", task: Task) -> None:
        member.tasks.append(task)
        try:
            member.connection.send(Message(self._walk, task))
        except OSError:
            self._fail(member)

    def _take(self, member: "_Member") -> Any:
        walk = None
        while walk != self._walk:
            walk, result = self._receive(member)
        member.tasks.popleft()
        if isinstance(result, Failure):
            raise result.error from _WorkerTracebackError(result.trace)
        return result

    def _receive(self, member: "_Member") -> Message:
        """What a member sent; any member's death ends the wait, as others may wait for it."""
        sentinels = [other.process.sentinel for other in self._members]
        while True:
            ready = connections.wait([member.connection, *sentinels], timeout=_LOOK)
            if member.connection in ready:
                try:
                    return Parcel.receive(member.connection)
                except (EOFError, OSError) as error:
                    self._fail(member, error)
            for other in self._members:
                if not other.process.is_alive():
                    self._fail(other)

    def _fail(self, member: "_Member", error: Exception | None = None) -> NoReturn:
        member.process.join(_LOOK)
        if error is not None and member.process.is_alive():
            raise error  # such as one that says that too many files are open
        for other in self._members:
            other.process.kill()
        name = f"worker {member.number} of {len(self._members)} (process {member.process.pid})"
        position = int(self._doing[member.number])
        task = next((task for task in member.tasks if task.position == position), None)
        raise dead_worker(name, member.process.exitcode, task, repr(self._dataset)) from error


@dataclass
class _Member:
    """A worker, and the tasks that it was given and hasn't answered yet."""

    number: int
    process: BaseProcess
    connection: Connection
    tasks: deque[Task] = field(default_factory=deque)


class _WorkerTracebackError(Exception):
    """The traceback of an error in a worker, shown as the error's cause."""

    def __str__(self) -> str:
        return f"\n\nin a worker:\n{self.args[0]}"


def _start(fetch: Fetch, number: int, doing: Tensor, members: Sequence[_Member]) -> _Member:
    context = multiprocessing.get_context()
    ours, theirs = context.Pipe()
    is_fork = context.get_start_method() == "fork"
    inherited = [ours, *(member.connection for member in members)] if is_fork else []
    process = context.Process(
        target=serve, args=(theirs, fetch, number, doing, inherited), daemon=True
    )
    process.start()
    theirs.close()
    return _Member(number, process, ours)


def _end(members: Sequence[_Member]) -> None:
    deadline = monotonic() + _GRACE
    for member in members:
        with suppress(OSError):
            member.connection.send(None)
    for member in members:
        _drain(member, deadline)
        if member.process.is_alive():
            member.process.kill()
        member.process.join()
        member.connection.close()


def _drain(member: _Member, deadline: float) -> None:
    """Reads what a worker still sends, as it can't end before, until it has ended."""
    file = member.connection.fileno()
    with suppress(ConnectionResetError):
        while member.process.is_alive() and (left := deadline - monotonic()) > 0:
            ready = connections.wait([member.connection, member.process.sentinel], left)
            if member.connection in ready and not os.read(file, 2**20):
                break
    member.process.join(max(deadline - monotonic(), 0))
