"""Samples that hold several values: records, mappings, tuples and lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from labwork.data._record import Record

__all__ = ["columns", "is_container", "like_tuple"]


def is_container(value: Any) -> bool:
    """Whether a value holds several ones, each of which becomes a part of a batch."""
    return isinstance(value, Record | Mapping | tuple | list)


def columns(samples: Sequence[Any], field: str = "") -> dict[Any, list[Any]]:
    """The values of all samples, by name or by place in the first one.

    Args:
        samples: records, mappings, tuples or lists.
        field: what they are a field of, if they are.

    Raises:
        ValueError: where another sample has others.

    >>> columns([{"x": 1, "y": 2}, {"y": 4, "x": 3}])
    {'x': [1, 3], 'y': [2, 4]}
    >>> columns([(1, "a"), (2, "b")])
    {0: [1, 2], 1: ['a', 'b']}
    """
    first = samples[0]
    if isinstance(first, Record):
        names = first.keys()
        return {name: [sample[name] for sample in samples] for name in names}
    if not _are_alike(samples):
        place = next(i for i, sample in enumerate(samples) if not _are_alike([first, sample]))
        kinds = f"{_kind(first)} at 0, {_kind(samples[place])} at {place}"
        raise ValueError(_misfit(field, kinds))
    if isinstance(first, Mapping):
        return {key: [sample[key] for sample in samples] for key in first}
    return {place: [*values] for place, values in enumerate(zip(*samples, strict=True))}


def _are_alike(samples: Sequence[Any]) -> bool:
    """Whether all are of one type and have the same keys, or as many values."""
    first = samples[0]
    if {*map(type, samples)} != {type(first)}:
        return False
    if isinstance(first, Mapping):
        return all(sample.keys() == first.keys() for sample in samples)
    return len({*map(len, samples)}) == 1


def like_tuple(kind: type, parts: Sequence[Any]) -> Any:
    """A tuple of ``parts``, of the named kind where ``kind`` is one.

    >>> from collections import namedtuple
    >>> like_tuple(namedtuple("Point", "x y"), [1, 2])
    Point(x=1, y=2)
    """
    return kind(*parts) if hasattr(kind, "_fields") else tuple(parts)


def _misfit(field: str, kinds: str) -> str:
    what = f"field {field!r} can't be" if field else "samples can't be"
    way = f"partial(collate, ragged=[{field!r}])" if field else "list"
    return f"{what} put together to a batch: there is {kinds}; collate_f={way} lists them"


def _kind(sample: Any) -> str:
    name = type(sample).__name__
    if isinstance(sample, Mapping):
        return f"a {name} of {', '.join(map(repr, sample)) or 'nothing'}"
    return f"a {name} of {len(sample)}" if isinstance(sample, tuple | list) else name
