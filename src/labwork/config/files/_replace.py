"""Other values at some paths of a tree, with the rest of it shared."""

from collections.abc import Callable, Iterable
from typing import Any

from labwork.config.files._paths import MISSING, find_key, is_index, join_path, new_key
from labwork.config.files._plain import to_plain
from labwork.core import ConfigError

__all__ = ["replace_values"]

Parts = tuple[str, ...]
WhereIs = Callable[[Parts], object]


def replace_values(
    data: dict[Any, Any], values: Iterable[tuple[Parts, Any]], origin_of: WhereIs
) -> dict[Any, Any]:
    """A copy of ``data`` with other values; only what leads to them is copied.

    Args:
        data: plain data.
        values: the keys that lead to a value, and the value.
        origin_of: where something was written, for messages.

    Raises:
        ConfigError: where keys lead through a leaf, or past the end of a list.
    """
    root = data.copy()
    copied: dict[Parts, Any] = {(): root}
    for parts, value in values:
        holder = _open(copied, parts, origin_of)
        holder[_slot(holder, parts, origin_of)] = to_plain(value, parts)
        if parts in copied:  # what was copied below it is no longer part of the data
            copied = {(): root}
    return root


def _open(copied: dict[Parts, Any], parts: Parts, origin_of: WhereIs) -> Any:
    """The container of the last part; it and all above it are copied once."""
    if not parts:
        raise ConfigError("the empty path names no value that could be replaced")
    holder = copied[()]
    for depth in range(1, len(parts)):
        inner = copied.get(parts[:depth])
        if inner is None:
            slot = _slot(holder, parts[:depth], origin_of)
            inner = _copy(holder, slot)
            if inner is None:
                raise _closed(parts, depth, "no mapping", origin_of)
            holder[slot] = copied[parts[:depth]] = inner
        holder = inner
    return holder


def _slot(holder: Any, parts: Parts, origin_of: WhereIs) -> Any:
    """The key or index in ``holder`` that the last part means; a new key where there is none."""
    part = parts[-1]
    if type(holder) is dict:
        key = find_key(holder, part)
        return new_key(part) if key is MISSING else key
    if is_index(part) and int(part) < len(holder):
        return int(part)
    raise _closed(parts, len(parts) - 1, f"a list of {len(holder)}", origin_of)


def _copy(holder: Any, slot: Any) -> Any:
    """A copy of the container in a slot, a new one where there is none, None where it's a leaf."""
    inner = holder.get(slot, MISSING) if type(holder) is dict else holder[slot]
    if inner is MISSING:
        return {}
    return inner.copy() if type(inner) in (dict, list) else None


def _closed(parts: Parts, depth: int, what: str, origin_of: WhereIs) -> ConfigError:
    upper = parts[:depth]
    return ConfigError(
        f"{join_path(parts)} can't be set: {join_path(upper)} ({origin_of(upper)}) is {what}"
    )
