"""Checks of arguments: one clear line each."""

import math
from typing import Any

from labwork.core import ConfigError, suggestion

__all__ = ["Range", "amounts", "at_least", "between", "one_of", "ordered", "size_of"]

Range = float | tuple[float, float]


def between(owner: object, low: float, high: float, **arguments: float) -> None:
    """Checks that each argument is a number from ``low`` to ``high``."""
    for name, value in arguments.items():
        if not _is_number(value) or not low <= value <= high:
            raise ConfigError(f"{_name(owner)}: {name} must be {_span(low, high)}, not {value!r}")


def at_least(owner: object, low: int, **arguments: int) -> None:
    """Checks that each argument is a whole number of ``low`` or more."""
    for name, value in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            message = f"{name} must be a whole number of {low} or more, not {value!r}"
            raise ConfigError(f"{_name(owner)}: {message}")


def ordered(owner: object, low: float, high: float, **arguments: Any) -> None:
    """Checks that each argument is a pair of finite numbers in order, from ``low`` to ``high``."""
    for name, value in arguments.items():
        if not isinstance(value, tuple | list) or len(value) != 2:
            message = f"{name} must be a pair (smallest, largest), not {value!r}"
            raise ConfigError(f"{_name(owner)}: {message}")
        between(owner, low, high, **{f"{name}[0]": value[0], f"{name}[1]": value[1]})
        if value[0] > value[1]:
            message = f"{name} must be (smallest, largest), not {value!r}"
            raise ConfigError(f"{_name(owner)}: {message}")


def one_of(owner: object, options: tuple[str, ...], **arguments: str) -> None:
    """Checks that each argument is one of the words."""
    for name, value in arguments.items():
        if value not in options:
            known, hint = ", ".join(map(repr, options)), suggestion(value, options)
            raise ConfigError(f"{_name(owner)}: {name} must be one of {known}, not {value!r}{hint}")


def amounts(owner: object, low: float, high: float, **arguments: Range) -> None:
    """Checks that each argument is a number from 0 (or ``low``), or a pair from ``low``."""
    for name, value in arguments.items():
        if isinstance(value, tuple):
            ordered(owner, low, high, **{name: value})
        else:
            between(owner, max(0, low), high, **{name: value})


def size_of(owner: object, size: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width), both 1 or more; a single number is a square's."""
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ConfigError(f"{_name(owner)}: size must be a number or (height, width), not {size!r}")
    at_least(owner, 1, **{"size (height)": pair[0], "size (width)": pair[1]})
    return pair[0], pair[1]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _span(low: float, high: float) -> str:
    if math.isinf(high):
        return "a finite number" if math.isinf(low) else f"a finite number of {low:g} or more"
    return f"from {low:g} to {high:g}"


def _name(owner: object) -> str:
    return type(owner).__name__
