"""Blocks: successive samples as they are stored."""

from collections import defaultdict
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from labwork.core import ConfigError
from labwork.data._packing._column import Column
from labwork.data._packing._encode import Items
from labwork.data._packing._source import Source

__all__ = ["Block", "make_block"]


class Block(NamedTuple):
    """Successive samples.

    Attributes:
        stop: the number after that of the last one.
        good_count: how many of them are good.
        parts: what they add to each array, by its name.
        bad: what is wrong with the others.
    """

    stop: int
    good_count: int
    parts: dict[str, bytes]
    bad: list[str]


def make_block(source: Source, start: int, stop: int, skips: bool) -> Block:
    """The samples from ``start`` to ``stop - 1``.

    Raises:
        ConfigError: where one is bad, and bad ones aren't skipped.
    """
    samples, bad = [], []
    for index in range(start, stop):
        try:
            samples.append(source.encoded(index))
        except ConfigError as error:
            if not skips:
                raise
            bad.append(str(error))
    parts: dict[str, bytes] = {}
    for number, column in enumerate(source.columns):
        parts |= _parts(column, [sample[number] for sample in samples])
    return Block(stop, len(samples), parts, bad)


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
