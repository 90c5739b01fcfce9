"""What the files of a packing are called."""

import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["common_name", "shard_paths", "shards_beside"]


def shard_paths(path: Path, count: int) -> list[Path]:
    """What the shards are called; a single one as was asked for.

    >>> [p.name for p in shard_paths(Path("fuel.npz"), 2)]
    ['fuel-1-of-2.npz', 'fuel-2-of-2.npz']
    """
    if count == 1:
        return [path]
    names = (f"{path.stem}-{i + 1}-of-{count}{path.suffix}" for i in range(count))
    return [path.with_name(name) for name in names]


def common_name(paths: Sequence[Path]) -> Path | None:
    """What was asked for where these are the shards; None where they have other names.

    >>> common_name(shard_paths(Path("fuel.npz"), 2)).name
    'fuel.npz'
    """
    base = re.sub(r"-\d+-of-\d+$", "", paths[0].stem) if len(paths) > 1 else paths[0].stem
    common = paths[0].with_name(base + paths[0].suffix)
    return common if list(paths) == shard_paths(common, len(paths)) else None


def shards_beside(path: Path) -> list[Path]:
    """The shards that are there where ``path`` was asked for, or where it is one of them."""
    if numbered := re.fullmatch(r"(.*)-\d+-of-(\d+)", path.stem):
        return _matching(path, numbered[1], numbered[2])
    return _matching(path, path.stem, r"\d+")


def _matching(path: Path, base: str, count: str) -> list[Path]:
    name = re.compile(rf"{re.escape(base)}-\d+-of-{count}{re.escape(path.suffix)}")
    if not path.parent.is_dir():
        return []
    return sorted(other for other in path.parent.iterdir() if name.fullmatch(other.name))
