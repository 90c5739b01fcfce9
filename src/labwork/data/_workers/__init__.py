"""Processes that fetch batches ahead, and what happens when one of them dies."""

from labwork.data._workers._error import WorkerError
from labwork.data._workers._pinned import can_pin, pin, pinned_ahead
from labwork.data._workers._pool import Workers

__all__ = ["WorkerError", "Workers", "can_pin", "pin", "pinned_ahead"]
