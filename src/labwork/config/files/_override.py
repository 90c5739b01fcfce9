"""Overrides applied to what the bases say."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labwork.config.files._merge import merge, nothing_to_delete
from labwork.config.files._paths import MISSING, find_key, is_index, join_path, new_key
from labwork.config.files._tokens import Override
from labwork.config.files._written import DELETE, Written, from_data
from labwork.core import ConfigError, shorten

__all__ = ["OpenText", "apply_overrides", "leave_text"]


OpenText = Callable[[tuple[str, ...], str, str], Mapping[str, Any] | None]


def leave_text(parts: tuple[str, ...], text: str, where: str) -> None:
    """Opens no string."""


def apply_overrides(
    root: Written, overrides: Iterable[Override], open_text: OpenText = leave_text
) -> Written:
    """``root`` with the overrides on top, ``a`` before ``a/b``; of the same key the last one.

    Args:
        root: what is changed.
        overrides: the changes.
        open_text: called with the keys and the text of a string that an override lies below, and
            where it was written; gives a mapping that says the same, or None.

    Raises:
        ConfigError: where an override lies below a scalar, or deletes what isn't there.
    """
    last = {override.parts: override for override in overrides}
    for override in sorted(last.values(), key=lambda override: len(override.parts)):
        root = _apply(override, root, 0, open_text)
    return root


def _apply(override: Override, holder: Written | None, depth: int, open_text: OpenText) -> Written:
    """A copy of ``holder`` with the override applied below it."""
    if depth == len(override.parts):
        return merge(holder, override.value, override.parts)
    if holder is None or holder.value is None:
        holder = Written({}, override.value.origin)
    if isinstance(holder.value, str):
        parts = override.parts[:depth]
        opened = open_text(parts, holder.value, f"{holder.origin}: {join_path(parts)}")
        holder = holder if opened is None else from_data(opened, holder.origin)
    slot = _slot(override, holder, depth)
    children = holder.value.copy()
    if override.value.mark == DELETE and depth + 1 == len(override.parts):
        del children[slot]
    else:
        inner = children[slot] if type(children) is list else children.get(slot)
        children[slot] = _apply(override, inner, depth + 1, open_text)
    return Written(children, holder.origin)


def _slot(override: Override, holder: Written, depth: int) -> Any:
    """The key or index in ``holder`` that one part of the path means."""
    part, container = override.parts[depth], holder.value
    if type(container) is dict:
        return _key(override, container, depth)
    if type(container) is not list:
        raise _closed(override, holder, depth, f"{shorten(repr(container))}, no mapping")
    if not is_index(part) or int(part) >= len(container):
        raise _closed(override, holder, depth, f"a list of {len(container)}")
    if override.value.mark == DELETE and depth + 1 == len(override.parts):
        raise _closed(override, holder, depth, "a list; write it anew without the element")
    return int(part)


def _key(override: Override, container: dict[Any, Written], depth: int) -> str | int:
    key = find_key(container, override.parts[depth])
    if key is not MISSING:
        return key
    if override.value.mark == DELETE:
        raise nothing_to_delete(override.value, container, override.parts, depth)
    return new_key(override.parts[depth])


def _closed(override: Override, holder: Written, depth: int, what: str) -> ConfigError:
    upper = join_path(override.parts[:depth])
    return ConfigError(
        f"{override.value.origin}: {shorten(repr(override.text))} can't be applied: {upper}"
        f" ({holder.origin}) is {what}"
    )
