"""The manifest in each shard: what the shard holds, and of what it is a part."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, content_digest
from labwork.data._folders._nested import Layout
from labwork.data._folders._plain import from_tagged, tagged
from labwork.data._packing._column import Column

__all__ = ["MANIFEST", "Manifest"]

MANIFEST = "labwork.manifest"  # no field's array is called so: one name in theirs has no dot
_FORMAT = "labwork packed 3"
# They have no columns of units (1), and no layout, bits and tuples (1 and 2).
_OLDER = ("labwork packed 1", "labwork packed 2")


@dataclass(frozen=True)
class Manifest:
    """What a shard holds.

    Attributes:
        id: a hash of all that was packed; all shards of a packing have the same.
        shard: which of them it is, from 0.
        counts: how many samples are in each of them.
        columns: the values of each sample, and how they are stored.
        layout: how samples are made of them.
        info: facts about the data.
        bad_count: samples that were left out.
        bad: what is wrong with the first of them.
        digests: the SHA-256 of each array in this shard.
    """

    id: str
    shard: int
    counts: Sequence[int]
    columns: Sequence[Column]
    layout: Layout
    info: Mapping[str, Any]
    bad_count: int
    bad: Sequence[str]
    digests: Mapping[str, str]

    def as_bytes(self) -> bytes:
        """As it is stored."""
        content = {
            "format": _FORMAT,
            **vars(self),
            "columns": [column.as_plain() for column in self.columns],
            "info": tagged(self.info),
        }
        return json.dumps({**content, "sha256": content_digest(content)}, indent=1).encode()

    @classmethod
    def from_bytes(cls, stored: bytes, path: Path) -> "Manifest":
        """What was stored; raises ConfigError where it was altered."""
        try:
            content = json.loads(stored)
            is_whole = content.pop("sha256") == content_digest(content)
        except (ValueError, AttributeError, KeyError):
            is_whole = False
        if not is_whole:
            raise ConfigError(f"{path} is damaged or was altered: its manifest isn't whole")
        found = content.pop("format")
        if found not in (*_OLDER, _FORMAT):
            raise ConfigError(
                f"{path} is {found!r}, but this version of Labwork reads"
                f" {', '.join([*_OLDER, _FORMAT])}: install a newer one"
            )
        columns = [Column.from_plain(column) for column in content.pop("columns")]
        if found in _OLDER:
            columns = [*map(_as_it_is_now, columns)]
            return cls(**content, columns=columns, layout={c.name: c.name for c in columns})
        return cls(**{**content, "info": from_tagged(content["info"])}, columns=columns)


def _as_it_is_now(column: Column) -> Column:
    """A column of an older file, where numbers of NumPy's were arrays without dimensions."""
    is_number = column.type == "array" and column.kind == "array" and column.shape == ()
    return replace(column, type="scalar") if is_number else column
