"""What counts and sizes have to be."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral

from labwork.core import ConfigError

__all__ = ["check_counts"]


def check_counts(owner: object, **counts: int | Iterable[int] | None) -> None:
    """Sees to it that numbers of things are 1 or more, before something is made of them.

    Args:
        owner: what takes them; its class is named in the error.
        **counts: a number, several, or None for one that isn't given, by the name of the argument.

    Raises:
        ConfigError: where one isn't a whole number, or below 1.

    >>> check_counts(object(), width=64, depths=(3, 3, 9, 3), hidden_width=None)
    >>> check_counts(object(), width=64, depths=(3, 0))
    Traceback (most recent call last):
        ...
    labwork.core._errors.ConfigError: object takes depths of 1 or more, not (3, 0)
    """
    for name, given in counts.items():
        numbers = tuple(given) if isinstance(given, Iterable) else (given,)
        if given is not None and not all(isinstance(n, Integral) and n >= 1 for n in numbers):
            kind = type(owner).__name__
            raise ConfigError(f"{kind} takes {name} of 1 or more, not {given!r}")
