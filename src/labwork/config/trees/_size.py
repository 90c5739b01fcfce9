"""A bound on how large a tree may be."""

import functools
from collections.abc import Iterable
from typing import Any

from labwork.core import ConfigError

__all__ = ["Holder", "check_size"]

_LARGEST = 100_000


class Holder:
    """What holds values in its attributes that count as parts of it."""


def check_size(holder: Holder) -> None:
    """Refuses what a few words can make but nothing can print, compare or apply.

    Where each of forty trees holds the one before twice, the last has a trillion parts.

    Raises:
        ConfigError: where ``holder`` has more than 100,000 trees and containers inside.
    """
    to_visit: list[Any] = [holder]
    count = 0
    while to_visit:
        count += 1
        if count > _LARGEST:
            raise ConfigError(f"a tree holds more than {_LARGEST:,} trees and containers")
        parts = _parts(to_visit.pop())
        to_visit += [part for part in parts if isinstance(part, _CONTAINERS)]


def _parts(container: Any) -> Iterable[Any]:
    if isinstance(container, Holder):
        return vars(container).values()
    if isinstance(container, functools.partial):
        return [*container.args, *container.keywords.values()]
    return container.values() if isinstance(container, dict) else container


_CONTAINERS = (Holder, functools.partial, dict, list, tuple)
