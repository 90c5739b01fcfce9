"""Pickles, which can run any code and are read only where the user says so."""

import pickle
from typing import Any

from labwork.data._readers._format import Format
from labwork.data._readers._source import Source

__all__ = ["PICKLE"]

_STARTS = tuple((0, bytes([0x80, protocol])) for protocol in range(2, 6))


def _read(source: Source) -> Any:
    if not source.trusted:
        raise source.error(
            "a pickle can run any code when it is read; if you trust where it comes from, say"
            " read(path, trusted=True)"
        )
    with source.damage_told("a pickle"), source.path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 the user trusts it, by name


PICKLE = Format("pickle", (".pkl", ".pickle", ".p"), _read, starts=_STARTS)
