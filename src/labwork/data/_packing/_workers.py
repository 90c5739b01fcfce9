"""Blocks from several processes, in the order of their samples."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

import torch

from labwork.data._packing._block import Block, make_block
from labwork.data._packing._source import Source
from labwork.data._workers import WorkerError

__all__ = ["make_blocks"]

_AHEAD = 2  # blocks that each process may be ahead; memory is bounded by it


def make_blocks(
    source: Source, start: int, block_size: int, skips: bool, worker_count: int
) -> Iterator[Block]:
    """The samples from ``start`` on, by blocks; in this process where ``worker_count`` is 0.

    Raises:
        ConfigError: where a sample is bad, and bad ones aren't skipped.
        WorkerError: where a process died.
    """
    stops = range(start + block_size, len(source) + block_size, block_size)
    spans = [(stop - block_size, min(stop, len(source))) for stop in stops]
    if worker_count == 0:
        yield from (make_block(source, *span, skips) for span in spans)
        return
    with ProcessPoolExecutor(worker_count, None, _begin, (source, skips)) as pool:
        try:
            yield from _in_order(pool, spans, _AHEAD * worker_count)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a process that packs was killed, as happens where memory runs out; the same"
                " command goes on where this one stopped, with fewer workers if need be",
                exit_code=None,
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, spans: list[tuple[int, int]], ahead: int
) -> Iterator[Block]:
    pending: deque[Future[Block]] = deque()
    for span in spans:
        pending.append(pool.submit(_make, *span))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


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
