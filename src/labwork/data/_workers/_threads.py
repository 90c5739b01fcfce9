"""Workers that are threads of this process: no batch travels, and memory is used again."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from itertools import islice
from typing import Any

import torch

from labwork.data._fetch import Fetch, Task

__all__ = ["ThreadWorkers"]


class ThreadWorkers:
    """Threads that fetch batches ahead; a thread that is free takes the next one.

    Args:
        fetch: what they do with a task; its dataset must allow threads.
        count: how many there are.
        prefetch_count: tasks ahead for each.
    """

    def __init__(self, fetch: Fetch, count: int, prefetch_count: int) -> None:
        self._ahead = count * prefetch_count
        self._fetch, self._own = fetch, threading.local()
        self._threads = ThreadPoolExecutor(count, "labwork-fetch")
        _run_in_each(self._threads, count, self._prepare)

    def results(self, tasks: Iterator[Task]) -> Iterator[Any]:
        """The batches in order; those that are not asked for any more are dropped.

        Raises:
            Exception: what fetching a batch raised.
        """
        owing = deque(self._submitted(tasks, self._ahead))
        try:
            while owing:
                batch = owing.popleft().result()
                owing.extend(self._submitted(tasks, 1))
                yield batch
        finally:
            for future in owing:
                future.cancel()

    def close(self) -> None:
        """Ends the threads, after the batches that they are at."""
        self._threads.shutdown(cancel_futures=True)

    def _submitted(self, tasks: Iterator[Task], count: int) -> Iterator["Future[Any]"]:
        return (self._threads.submit(self._fetched, task) for task in islice(tasks, count))

    def _fetched(self, task: Task) -> Any:
        return self._own.fetch(task)

    def _prepare(self) -> None:
        # It notes which epoch it is at, and another thread may still be at an earlier one.
        self._own.fetch = copy(self._fetch)
        torch.set_num_threads(1)


def _run_in_each(threads: ThreadPoolExecutor, count: int, prepare: Any) -> None:
    """Calls ``prepare`` in each of ``count`` threads, leaving this one's number of threads.

    With one thread each, sums come out with the same bits as in a worker process. What PyTorch
    sets for a thread are in part defaults for the others, which have to be put back.
    """
    ours, barrier = torch.get_num_threads(), threading.Barrier(count)

    def prepared() -> None:
        prepare()
        barrier.wait()

    for future in [threads.submit(prepared) for _ in range(count)]:
        future.result()
    torch.set_num_threads(ours)
