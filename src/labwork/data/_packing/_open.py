"""Opens the shards of a packing, all of them."""

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from labwork.core import ConfigError
from labwork.data._packing._shard import Shard
from labwork.data._packing._shard_paths import shards_beside

__all__ = ["Paths", "open_shards"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def open_shards(paths: Paths) -> list[Shard]:
    """The shards in their order.

    Args:
        paths: a file, the name that was given for several shards, or the shards in any order.

    Raises:
        ConfigError: where one is missing, altered, being written, twice there, or of another
            packing.
    """
    shards = [Shard(path) for path in _found(paths)]
    if not shards:
        raise ConfigError("no packed file was given")
    shards.sort(key=lambda shard: shard.manifest.shard)
    _check_one_packing(shards)
    _check_all_there(shards)
    return shards


def _found(paths: Paths) -> list[Path]:
    if not isinstance(paths, str | os.PathLike):
        return [Path(path) for path in paths]
    path = Path(paths)
    beside = shards_beside(path)
    return beside if path in beside or (beside and not path.exists()) else [path]


def _check_one_packing(shards: list[Shard]) -> None:
    first = shards[0].manifest
    for shard in shards[1:]:
        other = shard.manifest
        if (other.id, other.counts, other.columns) != (first.id, first.counts, first.columns):
            raise ConfigError(f"{shards[0].path} and {shard.path} are shards of different packings")


def _check_all_there(shards: list[Shard]) -> None:
    counts = shards[0].manifest.counts
    numbers = [shard.manifest.shard for shard in shards]
    missing = sorted(set(range(len(counts))) - set(numbers))
    _check_names(shards, missing)
    if missing:
        listed = ", ".join(str(number + 1) for number in missing)
        raise ConfigError(
            f"shard {listed} of {len(counts)} is missing beside {shards[0].path}: copy it there,"
            " or give the paths of all shards"
        )


def _check_names(shards: list[Shard], missing: list[int]) -> None:
    """Raises ConfigError where one is there twice, under its name or under that of another."""
    for a, b in pairwise(shards):
        if a.manifest.shard != b.manifest.shard:
            continue
        number, count = a.manifest.shard + 1, len(a.manifest.counts)
        if a.path == b.path:
            raise ConfigError(f"{a.path} is there twice: each shard is given once")
        lost = f"; shard {missing[0] + 1} is missing" if missing else ""
        raise ConfigError(
            f"{a.path} and {b.path} are both shard {number} of {count}{lost}: copy each to its name"
        )
