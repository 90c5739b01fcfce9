"""Budget: how much work one evaluation may be, so that no text hangs or fills the memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from labwork.config.expressions._source import Refusal

__all__ = [
    "LARGEST_INTEGER",
    "Budget",
    "budget_of_evaluation",
    "called_by_others",
    "range_length",
]

UNITS = 1_000_000
UNITS_OF_A_CALL = 10_000  # some steps over an image of two million pixels
DEEPEST = 120
LARGEST_INTEGER = 8192  # bits

_LIGHT = frozenset({bool, float, complex, type(None), type(...)})


class Budget:
    """What is left to an evaluation: units of work, and depth.

    Each visited node, each step of an iteration and each item of what is made costs a unit.

    >>> budget = Budget()
    >>> budget.weight([[1, 2], "abc"])
    8
    """

    __slots__ = ("_weights", "depth", "left")

    def __init__(self, units: int = UNITS) -> None:
        self.left = units
        self.depth = 0
        self._weights: dict[int, tuple[Any, int]] = {}

    def spend(self, units: int) -> None:
        """Takes ``units`` from what is left.

        Raises:
            Refusal: where no more is left.
        """
        self.left -= units
        if self.left < 0:
            raise Refusal("this is too much work, or makes something too large")

    def charge(self, *values: Any) -> None:
        """Spends the weight of each of ``values``."""
        for value in values:
            self.spend(1 if type(value) in _LIGHT else self.weight(value))

    def weight(self, value: Any) -> int:
        """The deep size of ``value``, as often as its parts are met; no more than what is left.

        Comparing, hashing and printing take time in proportion to it, also where the same part
        is met again and again.
        """
        total = 1
        to_do = [value]
        while to_do and total <= self.left:
            item = to_do.pop()
            kind = type(item)
            if kind is tuple or kind is list:  # first, as there may be many
                total += len(item)
                if total <= self.left:
                    to_do.extend(item)
            elif kind is int:
                total += item.bit_length() >> 6
            elif kind not in _LIGHT:
                total += self._own_size(item)
                if total <= self.left:
                    to_do.extend(_parts(item))
        return total

    def _own_size(self, item: Any) -> int:
        if isinstance(item, int):
            return item.bit_length() >> 6
        if isinstance(item, str | bytes | list | tuple | set | frozenset):
            return len(item)
        if isinstance(item, dict):
            return 2 * len(item)
        if isinstance(item, range):
            return range_length(item)
        return self._weights[id(item)][1] if id(item) in self._weights else 0

    def note(self, value: Any, weight: int) -> None:
        """Remembers how much went into ``value``, as its parts can't be seen."""
        if type(value) not in _LIGHT and weight > self._weights.get(id(value), (None, 1))[1]:
            self._weights[id(value)] = value, weight  # the value, lest its id be used again


def _parts(item: Any) -> Any:
    if isinstance(item, list | tuple | set | frozenset):
        return item
    return [*dict.keys(item), *dict.values(item)] if isinstance(item, dict) else ()


def range_length(numbers: range) -> int:
    """About the length of a range; ``len`` doesn't give that of a huge one."""
    return max(0, (numbers.stop - numbers.start) // numbers.step + 1)


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)
_UNITS: ContextVar[int] = ContextVar("units", default=UNITS)


@contextmanager
def budget_of_evaluation() -> Iterator[Budget]:
    """The budget of the evaluation that is under way, or a fresh one for this block."""
    current = _CURRENT.get()
    if current is not None:
        yield current
        return
    budget = Budget(_UNITS.get())
    token = _CURRENT.set(budget)
    try:
        yield budget
    finally:
        _CURRENT.reset(token)


@contextmanager
def called_by_others() -> Iterator[None]:
    """Gives each call of a lambda in this block a small budget of its own.

    It is for methods that call a lambda once for each of many things, as a dataset does that is
    filtered. Within such a call, everything is paid from its budget, such methods too.
    """
    if _UNITS.get() == UNITS_OF_A_CALL:
        yield
        return
    tokens = _CURRENT.set(None), _UNITS.set(UNITS_OF_A_CALL)
    try:
        yield
    finally:
        _CURRENT.reset(tokens[0])
        _UNITS.reset(tokens[1])
