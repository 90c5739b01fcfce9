"""From the spool to shards of equal size."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from labwork.data._packing._column import Column, Member
from labwork.data._packing._formats import format_for_writing
from labwork.data._packing._manifest import MANIFEST, Manifest
from labwork.data._packing._member_data import MemberData
from labwork.data._packing._source import Source
from labwork.data._packing._spool import Spool

__all__ = ["write_shard"]

Span = tuple[int, int]


def write_shard(
    path: Path,
    spool: Spool,
    source: Source,
    shard: int,
    shard_count: int,
    told: Callable[[int], None],
) -> None:
    """Writes a shard; their numbers of samples differ by one at most.

    Args:
        path: the file.
        spool: what is packed.
        source: what was packed.
        shard: the number of the shard, from 0.
        shard_count: how many there are.
        told: is told the size of each piece that is written, in bytes.
    """
    state = spool.state
    bounds = [state.count * i // shard_count for i in range(shard_count + 1)]
    counts = [stop - start for start, stop in pairwise(bounds)]
    manifest = Manifest(
        id=state.digest,
        shard=shard,
        counts=counts,
        columns=source.columns,
        layout=source.layout,
        info=source.info,
        bad_count=state.bad_count,
        bad=state.bad,
        digests={},
    )
    samples = bounds[shard], bounds[shard + 1]
    format_for_writing(path).write(path, _arrays(spool, manifest, samples, told))


def _arrays(
    spool: Spool, manifest: Manifest, samples: Span, told: Callable[[int], None]
) -> Iterator[MemberData]:
    """The arrays of a shard, and at last its manifest, which has their hashes."""
    digests: dict[str, Any] = {}
    for column in manifest.columns:
        for member, span in _spans(column, spool, samples):
            digests[member.name] = sha256()
            chunks = _digested(spool.rows(member, *span), digests[member.name], told)
            shape = (span[1] - span[0], *member.row)
            yield MemberData(member.name, member.dtype, shape, chunks)
    known = {name: digest.hexdigest() for name, digest in digests.items()}
    stored = replace(manifest, digests=known).as_bytes()
    yield MemberData(MANIFEST, "|u1", (len(stored),), iter([stored]))


def _digested(chunks: Iterator[bytes], digest: Any, told: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
        told(len(chunk))


def _spans(column: Column, spool: Spool, samples: Span) -> Iterator[tuple[Member, Span]]:
    """Each array of a column, with the rows of it that belong to some samples."""
    members = column.members
    items = _sums(spool, members["frames"], samples) if "frames" in members else samples
    for part, member in members.items():
        if part == "bytes":
            yield member, _sums(spool, members["lengths"], items)
        elif part in ("frames", "values"):
            yield member, samples
        else:
            yield member, items


def _sums(spool: Spool, member: Member, span: Span) -> Span:
    """Where what is counted in an array begins and ends."""
    first = _sum(spool, member, (0, span[0]))
    return first, first + _sum(spool, member, span)


def _sum(spool: Spool, member: Member, span: Span) -> int:
    return sum(int(np.frombuffer(c, member.dtype).sum()) for c in spool.rows(member, *span))
