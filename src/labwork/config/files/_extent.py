"""How large and how deep data grow when references are followed."""

from typing import Any

from labwork.config.files._plain import DEEPEST
from labwork.config.files._written import Written
from labwork.core import ConfigError

__all__ = ["MOST_VALUES", "Extents"]

MOST_VALUES = 1_000_000


class Extents:
    """Sizes and depths of containers; one that stands in several places is measured once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._kept: list[Any] = []  # so that no id is used again

    def check(self, written: Written) -> None:
        """Ends what would grow without bounds, before it is made.

        Raises:
            ConfigError: for more than a million values, or nesting over 100 deep.
        """
        size, depth = self.measure(written)
        if depth > DEEPEST:
            raise ConfigError(f"{written.origin}: nested more than {DEEPEST} deep")
        if size > MOST_VALUES:
            raise ConfigError(f"{written.origin}: references make more than {MOST_VALUES} values")

    def measure(self, written: Written) -> tuple[int, int]:
        """The number of values, and how deep they are nested: 0 for a scalar."""
        value = written.value
        kind = type(value)
        if kind is not dict and kind is not list:
            return 1, 0
        known = self._known.get(id(value))
        if known is None:
            inner = [self.measure(item) for item in (value.values() if kind is dict else value)]
            deepest = max((depth for _, depth in inner), default=0)
            known = self._known[id(value)] = 1 + sum(size for size, _ in inner), 1 + deepest
            self._kept.append(value)
        return known
