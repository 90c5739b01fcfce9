"""Processes and threads that fetch batches ahead, and what happens when one dies."""

from labwork.data._workers._error import WorkerError
from labwork.data._workers._pinned import can_pin, pin, pinned_ahead
from labwork.data._workers._pool import Workers
from labwork.data._workers._threads import ThreadWorkers

__all__ = ["ThreadWorkers", "WorkerError", "Workers", "can_pin", "pin", "pinned_ahead"]
