"""A copy of a state that later steps can't change."""

import copy
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import StateError

__all__ = ["Snapshot", "take_snapshot"]

_PLAIN = {bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device, torch.Size}


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
    """Copies a nested state of dicts, lists, tuples, sets, tensors and plain values.

    Tensors on a CUDA device are copied to pinned memory in the order of the present stream, so
    the caller doesn't wait for the device, and what it does next can't reach the copy.

    Raises:
        StateError: where there is something else, which couldn't be loaded again without running
            code; its place is named.

    >>> weights = torch.zeros(2)
    >>> snapshot = take_snapshot({"weights": weights})
    >>> _ = weights.fill_(1)
    >>> snapshot.wait()
    {'weights': tensor([0., 0.])}
    """
    devices: set[torch.device] = set()
    copied = _copy(state, "", devices)
    events = [_record_event(device) for device in devices]

    def wait() -> None:
        for event in events:
            event.synchronize()

    return Snapshot(copied, wait)


def _copy(value: Any, path: str, devices: set[torch.device]) -> Any:
    if type(value) is str:
        return sys.intern(value)  # see _copy_dict
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Tensor):
        return _copy_tensor(value.detach(), devices)
    if isinstance(value, dict):
        return _copy_dict(value, path, devices)
    if isinstance(value, list | tuple):
        items = [_copy(item, f"{path}/{i}", devices) for i, item in enumerate(value)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, set):
        return {_copy(item, path, devices) for item in value}
    if isinstance(value, np.generic):
        return value.item()
    raise StateError(
        f"the state at {path.lstrip('/')} is a {type(value).__name__}; a state is made of tensors,"
        " numbers, strings, lists and dicts (for an array: torch.from_numpy)"
    )


def _copy_dict(value: dict[Any, Any], path: str, devices: set[torch.device]) -> dict[Any, Any]:
    copied = copy.copy(value)  # keeps the kind, such as a Counter
    copied.clear()
    for key, item in value.items():
        # Equal strings become one object, so that a file's bytes depend on the content alone:
        # what is one object already is written once.
        name = sys.intern(key) if type(key) is str else key
        copied[name] = _copy(item, f"{path}/{key}", devices)
    if hasattr(value, "_metadata"):  # versions of the layers, which modules read on loading
        copied._metadata = value._metadata  # type: ignore[attr-defined]
    return copied


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
