"""A copy of a state that later steps can't change."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Snapshot", "take_snapshot"]


class Snapshot:
    """A copy of a state in the computer's memory, complete once ``wait`` returns."""

    def __init__(self, state: Any, wait: Callable[[], None]) -> None:
        self._state = state
        self._wait = wait

    def wait(self) -> Any:
        """Waits for copies from a device, then gives the state."""
        self._wait()
        return self._state


def take_snapshot(state: Any) -> Snapshot:
    """Copies a nested state of dicts, lists, tuples, tensors and plain values.

    Tensors on a CUDA device are copied to pinned memory in the order of the present stream, so
    the caller doesn't wait for the device, and what it does next can't reach the copy.

    >>> weights = torch.zeros(2)
    >>> snapshot = take_snapshot({"weights": weights})
    >>> _ = weights.fill_(1)
    >>> snapshot.wait()
    {'weights': tensor([0., 0.])}
    """
    devices: set[torch.device] = set()
    copy = _copy(state, devices)
    events = [_record_event(device) for device in devices]

    def wait() -> None:
        for event in events:
            event.synchronize()

    return Snapshot(copy, wait)


def _copy(value: Any, devices: set[torch.device]) -> Any:
    if isinstance(value, Tensor):
        return _copy_tensor(value.detach(), devices)
    if isinstance(value, dict):
        copied = type(value)((key, _copy(item, devices)) for key, item in value.items())
        if hasattr(value, "_metadata"):  # versions of the layers, which modules read on loading
            copied._metadata = value._metadata  # type: ignore[attr-defined]
        return copied
    if isinstance(value, list | tuple):
        return type(value)([_copy(item, devices) for item in value])
    return value


def _copy_tensor(tensor: Tensor, devices: set[torch.device]) -> Tensor:
    if not tensor.is_cuda:
        return tensor.to("cpu", copy=True)
    devices.add(tensor.device)
    pinned = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    return pinned.copy_(tensor, non_blocking=True)


def _record_event(device: torch.device) -> torch.cuda.Event:
    event = torch.cuda.Event()
    event.record(torch.cuda.current_stream(device))
    return event
