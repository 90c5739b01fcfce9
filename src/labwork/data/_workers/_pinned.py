"""Batches in pinned memory, from which a GPU copies without the CPU waiting."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch.utils.data._utils.pin_memory import pin_memory

__all__ = ["can_pin", "pin", "pinned_ahead"]

_END = object()


def can_pin() -> bool:
    """Whether there is a GPU that copies from pinned memory."""
    return torch.cuda.is_available()


def pin(batch: Any) -> Any:
    """The batch, whatever it is made of, with its tensors in pinned memory."""
    return pin_memory(batch)


def pinned_ahead(batches: Iterator[Any]) -> Iterator[Any]:
    """Takes and pins each batch in a thread while the one before it is used."""
    device = torch.cuda.current_device()  # else the thread would make use of the first GPU
    with ThreadPoolExecutor(1, "labwork-pin", torch.cuda.set_device, (device,)) as thread:
        following = thread.submit(_next_pinned, batches)
        while (batch := following.result()) is not _END:
            following = thread.submit(_next_pinned, batches)
            yield batch


def _next_pinned(batches: Iterator[Any]) -> Any:
    batch = next(batches, _END)
    return batch if batch is _END else pin(batch)
