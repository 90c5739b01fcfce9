"""Samples side by side: one record of the records at the same index."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labwork.core import ConfigError
from labwork.data._batch import Batch
from labwork.data._changes._change import Change, Parts
from labwork.data._indexing import Indices
from labwork.data._record import Record
from labwork.data._rng import sample_keys

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["Zipped"]

_ZIPPED = 2**33 + 2  # a stream of random numbers that no augmentation uses


class Zipped(Change):
    """The fields of all parts; each part gets a seed of its own."""

    def __init__(self, parts: Parts) -> None:
        lengths = [len(part) for part in parts]
        if len(set(lengths)) > 1:
            raise ConfigError(
                f"datasets to be zipped need one length, but have {', '.join(map(str, lengths))}:"
                " cut them to a slice, or repeat the shorter ones"
            )
        _check_names(parts)

    def get(self, parts: Parts, index: int) -> Any:
        first, *others = (part.get(index) for part in parts)
        return first.join(*others)

    def get_batch(self, parts: Parts, indices: Indices) -> Batch:
        first, *others = (part.get_batch(indices) for part in parts)
        return first.join(*others)

    def at(self, parts: Parts, seed: int, epoch: int) -> tuple[Change, Parts]:
        seeds = sample_keys(seed, 0, range(len(parts)), stream=_ZIPPED)
        return self, tuple(part.at(int(s), epoch) for s, part in zip(seeds, parts, strict=True))

    def identity(self, parts: Parts) -> Any:
        return "zip", *parts

    def labels(self, parts: Parts) -> Mapping[str, Any]:
        return {name: array for part in parts for name, array in part.labels.items()}

    def describe(self, parts: Parts) -> str:
        first, *others = map(repr, parts)
        return f"{first}.zip({', '.join(others)})"


def _check_names(parts: Parts) -> None:
    """Raises ConfigError where a field is known to be in two parts."""
    places: dict[str, list[int]] = {}
    for place, part in enumerate(parts):
        for name in _known_names(part):
            places.setdefault(name, []).append(place)
    common = {name: found for name, found in places.items() if len(found) > 1}
    if common:
        told = ", ".join(f"{name!r} in those at {found}" for name, found in common.items())
        name = next(iter(common))
        raise ConfigError(
            f"datasets to be zipped have common fields, {told}: keep each in one of them only, as"
            f" by filter_fields(lambda name: name != {name!r}), or rename it by map"
        )


def _known_names(part: "Dataset") -> list[str]:
    """The fields of the first sample, lazy ones unread; none where code would have to run."""
    if part.runs_code or len(part) == 0:
        return []
    try:
        first = part.get(0)
    except Exception:  # noqa: BLE001 - it is told when that sample is asked for
        return []
    return first.keys() if isinstance(first, Record) else []
