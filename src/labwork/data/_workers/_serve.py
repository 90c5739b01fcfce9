"""What a worker does: it takes tasks, and sends batches or errors."""

import os
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data._utils import worker as torch_worker

from labwork.data._fetch import Fetch, Task, retold
from labwork.data._workers._parcel import Parcel
from labwork.data._workers._unsendable import unsendable

__all__ = ["Failure", "Message", "serve"]

_LOOK = 0.5  # seconds between looks at whether the main process lives
_GRACE = 5  # seconds for which a worker that is told to end lives on


class Message(NamedTuple):
    """A task, or what came of it; a walk is one iteration of the loader, they are numbered."""

    walk: int
    content: Any


class Failure(NamedTuple):
    """An error of the user's code, and where it was raised."""

    error: Exception
    trace: str


def serve(
    connection: Connection, fetch: Fetch, number: int, doing: Tensor, inherited: list[Connection]
) -> None:
    """Fetches batches until told to end by None, or until the main process is gone.

    Args:
        connection: where tasks come from and batches go to.
        fetch: fetches them.
        number: the worker's number, from 0.
        doing: in shared memory, the position of the batch that each worker is at, or -1.
        inherited: what a fork copied of the main process and is none of this worker's business.
    """
    for other in inherited:
        other.close()
    _leave_signals_to_main_process()
    torch.set_num_threads(1)
    # What torch.utils.data.get_worker_info() tells a dataset.
    torch_worker._worker_info = torch_worker.WorkerInfo(
        id=number, num_workers=len(doing), seed=number, dataset=fetch.dataset
    )
    for message in _Inbox(connection):
        doing[number] = message.content.position
        _answer(fetch, message).send(connection)
        doing[number] = -1


class _Inbox:
    """Takes what is sent in a thread, so that the main process never waits to send."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._parent = connection, os.getppid()
        self._waiting: SimpleQueue[Message | None] = SimpleQueue()
        self._walk: int | None = None
        threading.Thread(target=self._take, daemon=True).start()

    def __iter__(self) -> Iterator[Message]:
        while (message := self._waiting.get()) is not None:
            if message.walk == self._walk:  # else nobody wants it any more
                yield message

    def _take(self) -> None:
        while (message := self._next()) is not None:
            self._walk = message.walk
            self._waiting.put(message)
        self._walk = None
        self._waiting.put(None)
        self._next()  # nothing comes, but the main process may end while a batch is completed

    def _next(self) -> Message | None:
        """What is sent next; where the main process is gone, it ends this one at once.

        The main thread may be fetching, or waiting for a reader that is gone.
        """
        try:
            while not self._connection.poll(_LOOK):
                if os.getppid() != self._parent:
                    os._exit(1)
            return self._connection.recv()
        except (EOFError, OSError):
            os._exit(1)


def _answer(fetch: Fetch, message: Message) -> Parcel:
    """The batch or the error, ready to be sent."""
    try:
        return _batch(fetch, message)
    except Exception as error:  # noqa: BLE001 - it is raised in the main process
        failure = Failure(_portable(error), traceback.format_exc())
        return Parcel(Message(message.walk, failure))


def _batch(fetch: Fetch, message: Message) -> Parcel:
    task: Task = message.content
    batch = fetch(task)
    try:
        return Parcel(Message(message.walk, batch))
    except Exception as error:
        raise unsendable(batch, task, repr(fetch.dataset), error) from error


def _portable(error: Exception) -> Exception:
    """The error, or one that says the same where it can't be sent to another process."""
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:  # noqa: BLE001 - how an error of another's is pickled is another's code
        return retold(error)
    return error


def _leave_signals_to_main_process() -> None:
    """Ctrl-C and many a scheduler signal the whole process group; the main process still needs us.

    While it completes its step, a worker that is told to end lives on for some seconds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(_GRACE))
