"""Blocks from several processes, in the order of their samples."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import partial
from multiprocessing.connection import wait

import torch

from labwork.data._packing._block import Block, make_block
from labwork.data._packing._source import Source
from labwork.data._workers import WorkerError

__all__ = ["make_blocks"]

Blocks = Generator[Block, None, None]

_AHEAD = 2  # blocks that each process may be ahead; memory is bounded by it


def make_blocks(source: Source, start: int, skips: bool, worker_count: int) -> Iterator[Block]:
    """The samples from ``start`` on, by blocks; in this process where ``worker_count`` is 0.

    Raises:
        ConfigError: where a sample is bad, and bad ones aren't skipped; after those before it.
        WorkerError: where a process died.
    """
    here = worker_count == 0
    blocks = _made_here if here else partial(_made_by_workers, worker_count=worker_count)
    with closing(blocks(source, start, skips)) as made:
        for block in made:
            if block.stop > start:
                yield block
            if block.error is not None:
                raise block.error
            start = block.stop


def _made_here(source: Source, start: int, skips: bool) -> Blocks:
    while start < len(source):
        block = make_block(source, start, len(source), skips)
        yield block
        start = block.stop


def _made_by_workers(source: Source, start: int, skips: bool, worker_count: int) -> Blocks:
    with ProcessPoolExecutor(worker_count, None, _begin, (source, skips)) as pool:
        try:
            yield from _in_order(pool, start, len(source), _AHEAD * worker_count)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a process that packs was killed, as happens where memory runs out; the same"
                " command goes on where this one stopped, with fewer workers if need be",
                exit_code=None,
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(pool: ProcessPoolExecutor, start: int, total: int, ahead: int) -> Iterator[Block]:
    pending: deque[tuple[Future[Block], int]] = deque()
    size = 1  # until it is known how long a sample takes
    while pending or start < total:
        while start < total and len(pending) <= ahead:
            stop = min(start + size, total)
            pending.append((pool.submit(_make, start, stop), stop))
            start = stop
        future, stop = pending.popleft()
        block = future.result()
        yield block
        if block.stop < stop:
            pending.appendleft((pool.submit(_make, block.stop, stop), stop))
        size = block.fitting


_JOB: tuple[Source, bool] | None = None  # of a worker process


def _begin(source: Source, skips: bool) -> None:
    global _JOB
    _JOB = source, skips
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Workers wait for tasks, and would do so forever after a ``kill -9`` of the main process."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _make(start: int, stop: int) -> Block:
    assert _JOB is not None
    source, skips = _JOB
    return make_block(source, start, stop, skips)
