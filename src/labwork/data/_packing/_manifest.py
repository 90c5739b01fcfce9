"""The manifest in each shard: what the shard holds, and of what it is a part."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, content_digest
from labwork.data._packing._column import Column

__all__ = ["MANIFEST", "Manifest"]

MANIFEST = "labwork.manifest"  # no field's array is called so: one name in theirs has no dot
_FORMAT = "labwork packed 2"
_READABLE = ("labwork packed 1", _FORMAT)  # the first one has no columns of units


@dataclass(frozen=True)
class Manifest:
    """What a shard holds.

    Attributes:
        id: a hash of all that was packed; all shards of a packing have the same.
        shard: which of them it is, from 0.
        counts: how many samples are in each of them.
        columns: the fields, and how they are stored.
        info: facts about the data.
        bad_count: samples that were left out.
        bad: what is wrong with the first of them.
        digests: the SHA-256 of each array in this shard.
    """

    id: str
    shard: int
    counts: Sequence[int]
    columns: Sequence[Column]
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
        if (found := content.pop("format")) not in _READABLE:
            raise ConfigError(
                f"{path} is {found!r}, but this version of Labwork reads {' and '.join(_READABLE)}:"
                " install a newer one"
            )
        content["columns"] = [Column.from_plain(column) for column in content["columns"]]
        return cls(**content)
