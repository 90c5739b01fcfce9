"""What is wrong with a tree, and under which of its keys."""

from collections.abc import Callable, Mapping
from typing import Any

from labwork.core import ConfigError

__all__ = ["KeyPath", "TreeError", "for_each"]

KeyPath = tuple[Any, ...]


class TreeError(ConfigError):
    """A tree doesn't fit what it is applied to; all that doesn't fit is told, a line each.

    Args:
        *faults: for each, the keys that lead to it from the root of the tree, and what is wrong.

    >>> str(TreeError((("norm_f", "epps"), "Norm has no argument 'epps'")))
    "Norm has no argument 'epps'"
    """

    args: tuple[tuple[KeyPath, str], ...]

    def __init__(self, *faults: tuple[KeyPath, str]) -> None:
        super().__init__(*faults)

    @property
    def faults(self) -> tuple[tuple[KeyPath, str], ...]:
        """For each fault, the keys that lead to it, and what is wrong."""
        return self.args

    def __str__(self) -> str:
        return "\n".join(text for _, text in self.faults)


def for_each(changes: Mapping[Any, Any], update: Callable[[Any, Any], Any]) -> dict[Any, Any]:
    """What ``update(key, change)`` gives for each change, by key.

    Raises:
        TreeError: where some can't be made; it tells of all of them.
    """
    found: dict[Any, Any] = {}
    faults: list[tuple[KeyPath, str]] = []
    for key, change in changes.items():
        try:
            found[key] = update(key, change)
        except ConfigError as error:
            inner = error.faults if isinstance(error, TreeError) else (((), str(error)),)
            faults += [((key, *path), text) for path, text in inner]
    if faults:
        raise TreeError(*faults)
    return found
