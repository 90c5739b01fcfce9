"""What differs between two configs."""

from collections.abc import Collection, Mapping
from typing import Any

from labwork.config.files._paths import MISSING

__all__ = ["differences"]


def differences(
    old: Any, new: Any, ignored: Collection[str] = (), path: str = ""
) -> list[tuple[str, Any, Any]]:
    """The leaves that differ, as (path, old value, new value).

    Args:
        old: plain data.
        new: plain data.
        ignored: paths to pass over, with all below them.
        path: where ``old`` and ``new`` stand.

    >>> differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2})
    [('a/b', 1, 3)]
    """
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return [] if _same(old, new) else [(path, old, new)]
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        inner = f"{path}/{key}" if path else str(key)
        if inner not in ignored:
            pair = old.get(key, MISSING), new.get(key, MISSING)
            found += differences(*pair, ignored, inner)
    return found


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(not differences(*pair) for pair in zip(old, new, strict=True))
    return bool(old == new) or (old != old and new != new)  # NaN is the same as NaN
