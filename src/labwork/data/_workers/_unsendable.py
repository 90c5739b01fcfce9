"""What is told of a batch that can't be sent to another process."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from labwork.data._fetch import Task
from labwork.data._record import Record
from labwork.data._workers._parcel import Parcel

__all__ = ["unsendable"]


class _Step(NamedTuple):
    """From a value to a part of it."""

    whole: Any
    key: Any


def unsendable(batch: Any, task: Task, dataset: str, error: Exception) -> TypeError:
    """The error that names the field and the sample, to be raised by the caller.

    Args:
        batch: what can't be sent.
        task: what it was fetched for.
        dataset: the chain of changes.
        error: what was raised when it was to be sent.
    """
    way, culprit = _culprit(batch)
    indices = task.indices.tolist()
    to_sample = next((step for step in way if _is_listed(step.whole, len(indices))), None)
    field = ".".join(str(step.key) for step in way if step is not to_sample)
    one = None if to_sample is None else indices[to_sample.key]
    samples = f"the batch of samples {indices}" if one is None else f"sample {one}"
    return TypeError(
        f"{f'field {field!r} of ' if field else ''}{samples} of {dataset} can't be sent from a"
        f" worker process: its type is {type(culprit).__name__}, and {error}; what can be pickled"
        " can be sent, such as tensors, numbers and strings; worker_count=0 fetches in the main"
        " process"
    )


def _is_listed(value: Any, count: int) -> bool:
    """Whether a part of a batch has the values of its samples one by one."""
    return isinstance(value, list) and len(value) == count


def _culprit(value: Any) -> tuple[list[_Step], Any]:
    """The way to the innermost part that can't be sent on its own, and this part."""
    for key, part in _parts(value):
        if not _can_be_sent(part):
            way, culprit = _culprit(part)
            return [_Step(value, key), *way], culprit
    return [], value


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Record | Mapping):
        return iter(value.items())
    return iter(enumerate(value) if isinstance(value, list | tuple) else ())


def _can_be_sent(value: Any) -> bool:
    try:
        Parcel(value)
    except Exception:  # noqa: BLE001 - how a value of another's is pickled is another's code
        return False
    return True
