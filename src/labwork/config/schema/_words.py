"""How values are written in messages: as they would be written in a config."""

from collections.abc import Iterable, Mapping
from typing import Any

from labwork.config.files._scalars import scalar_text
from labwork.core import shorten

__all__ = ["alternatives", "show"]


def show(value: Any, longest: int = 60) -> str:
    """``value`` on one line, as in YAML's flow style, cut where it is longer than ``longest``.

    >>> show({"a": [1, True, None, "b"]})
    "{a: [1, true, null, 'b']}"
    """
    return shorten(_flow(value), longest)


def _flow(value: Any) -> str:
    if value is None or isinstance(value, bool | float):
        return scalar_text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return repr(value)


def alternatives(texts: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``; each of them once.

    >>> alternatives(["1", "2", "3", "2"])
    '1, 2 or 3'
    """
    *first, last = dict.fromkeys(texts)
    return f"{', '.join(first)} or {last}" if first else last
