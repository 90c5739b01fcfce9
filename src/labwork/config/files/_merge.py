"""Merging what is written later into what is written before."""

from typing import Any

from labwork.config.files._keypaths import hint
from labwork.config.files._paths import join_path
from labwork.config.files._written import DELETE, REPLACE, Written, same_key
from labwork.core import ConfigError

__all__ = ["merge", "nothing_to_delete"]


def merge(old: Written | None, new: Written, parts: tuple[object, ...] = ()) -> Written:
    """``old`` with ``new`` on top; neither is changed.

    Mappings are merged key by key, everything else is replaced, and so is what is marked.

    Raises:
        ConfigError: where a mark deletes what isn't there.
    """
    if type(new.value) is list and new.marked:
        items = [merge(None, item, (*parts, index)) for index, item in enumerate(new.value)]
        return Written(items, new.origin)
    if type(new.value) is not dict:
        return Written(new.value, new.origin)
    is_merged = old is not None and type(old.value) is dict and new.mark != REPLACE
    if not is_merged and not new.marked:
        return Written(new.value, new.origin)
    base = old if old is not None and is_merged else Written({}, new.origin)
    children = base.value.copy()
    for key, child in new.value.items():
        _merge_child(children, same_key(children, key), child, parts)
    return Written(children, base.origin)


def _merge_child(
    children: dict[Any, Written], key: str | int, child: Written, parts: tuple[object, ...]
) -> None:
    if child.mark != DELETE:
        children[key] = merge(children.get(key), child, (*parts, key))
    elif key in children:
        del children[key]
    else:
        raise nothing_to_delete(child, children, (*map(str, parts), str(key)), len(parts))


def nothing_to_delete(
    mark: Written, holder: Any, parts: tuple[str, ...], depth: int
) -> ConfigError:
    """The error for a mark whose part number ``depth`` isn't in ``holder``."""
    there = hint(holder, parts, depth)
    return ConfigError(f"{mark.origin}: ~{join_path(parts)} finds nothing to delete{there}")
