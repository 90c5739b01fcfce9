"""Blocks: successive samples as they are stored."""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from labwork.core import ConfigError
from labwork.data._packing._column import Column, Member
from labwork.data._packing._encode import Items
from labwork.data._packing._source import Source

__all__ = ["STAMPS", "Block", "make_block"]

STAMPS = Member("labwork.stamps", "<u8")  # of all samples of the source; no shard has them

_SECONDS, _BYTES, _SAMPLES = 0.5, 2**21, 256  # one of them is what a block has, about


class Block(NamedTuple):
    """Successive samples.

    Attributes:
        stop: the number after that of the last one.
        parts: what the good ones among them add to each array, by its name.
        digests: a hash of each good one.
        bad: what is wrong with the others.
        fitting: how many such samples fill half a block.
        error: what is wrong with the next one, where bad ones aren't skipped.
    """

    stop: int
    parts: dict[str, bytes]
    digests: list[bytes]
    bad: list[str]
    fitting: int
    error: ConfigError | None


def make_block(source: Source, start: int, stop: int, skips: bool) -> Block:
    """The samples from ``start`` to ``stop - 1``, or the first of them where a block is full."""
    growing, error = _Growing(source), None
    for index in range(start, stop):
        try:
            growing.add(index, skips)
        except ConfigError as bad:
            error = bad
            break
        if growing.fullness() >= 1:
            break
    done = start + len(growing.stamps)
    digests = [_digest(sample) for sample in growing.samples]
    return Block(done, growing.parts(), digests, growing.bad, growing.fitting(), error)


@dataclass
class _Growing:
    """A block that samples are added to."""

    source: Source
    samples: list[list[Items]] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    size: int = 0
    begun: float = field(default_factory=monotonic)

    def add(self, index: int, skips: bool) -> None:
        stamp = self.source.stamp(index)  # before it is read, so that a change meanwhile is seen
        try:
            sample = self.source.encoded(index)
            self.samples.append(sample)
            self.size += sum(len(content) for items in sample for content in items.contents)
        except ConfigError as error:
            if not skips:
                raise
            self.bad.append(str(error))
        self.stamps.append(stamp)

    def fullness(self) -> float:
        seconds = monotonic() - self.begun
        return max(seconds / _SECONDS, self.size / _BYTES, len(self.stamps) / _SAMPLES)

    def fitting(self) -> int:
        return max(1, int(len(self.stamps) / (2 * self.fullness()))) if self.stamps else 1

    def parts(self) -> dict[str, bytes]:
        parts = {STAMPS.name: np.array(self.stamps, STAMPS.dtype).tobytes()}
        for number, column in enumerate(self.source.columns):
            parts |= _parts(column, [sample[number] for sample in self.samples])
        return parts


def _digest(sample: list[Items]) -> bytes:
    digest = sha256()
    for items in sample:
        digest.update(repr((items.shape, [*map(len, items.contents)])).encode())
        for content in items.contents:
            digest.update(content)
    return digest.digest()


def _parts(column: Column, values: list[Items]) -> dict[str, bytes]:
    numbers: dict[str, list[Any]] = defaultdict(list)
    for items in values:
        numbers["frames"].append(len(items.contents))
        numbers["shapes"].append(items.shape)
        numbers["lengths"] += map(len, items.contents)
        numbers["crc32"] += map(crc32, items.contents)
    contents = b"".join(content for items in values for content in items.contents)
    return {
        member.name: contents
        if part in ("bytes", "values")
        else np.array(numbers[part], member.dtype).tobytes()
        for part, member in column.members.items()
    }
