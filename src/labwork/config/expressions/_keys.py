"""Keys of dicts and items of sets, which are to be found quickly whatever they are."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from labwork.config.expressions._budget import Budget
from labwork.config.expressions._source import Refusal

__all__ = ["Keys", "check_hashes"]

_MOST_ALIKE = 32


class Keys:
    """A dict that is filled within a budget.

    Integers can be chosen so that all have the same hash, and each of them is then compared
    with all others; so only a few keys may have the same.
    """

    def __init__(self, budget: Budget) -> None:
        self.items: dict[Any, Any] = {}
        self._budget = budget
        self._alike: Counter[int] = Counter()

    def put(self, key: Any, value: Any = None) -> None:
        """Puts ``value`` under ``key``, in place of what was there."""
        self._budget.charge(key, value)
        if key not in self.items:
            _note(hash(key), self._alike)
        self.items[key] = value


def check_hashes(keys: Iterable[Any]) -> None:
    """Refuses ``keys`` of which too many have the same hash."""
    alike: Counter[int] = Counter()
    for key in keys:
        _note(hash(key), alike)


def _note(code: int, alike: Counter[int]) -> None:
    alike[code] += 1
    if alike[code] > _MOST_ALIKE:
        raise Refusal("too many of these keys have the same hash")
