"""What numbers of things have to be."""

from collections.abc import Iterable
from numbers import Integral

from labwork.core._errors import ConfigError

__all__ = ["check_counts"]


def check_counts(owner: object, least: int = 1, **counts: int | Iterable[int] | None) -> None:
    """Sees to it that numbers of things are whole and large enough, before they are used.

    Args:
        owner: what takes them; its class is named in the error.
        least: the smallest that is possible.
        **counts: a number, several, or None for one that isn't given, by the name of the argument.

    Raises:
        ConfigError: where one isn't a whole number, or below ``least``.

    >>> check_counts(object(), width=64, depths=(3, 3, 9, 3), hidden_width=None)
    >>> check_counts(object(), width=64, depths=(3, 0))
    Traceback (most recent call last):
        ...
    labwork.core._errors.ConfigError: object takes depths of 1 or more, not (3, 0)
    """
    for name, given in counts.items():
        numbers = given if isinstance(given, Iterable) else () if given is None else (given,)
        if not all(_is_whole(n) and n >= least for n in numbers):
            kind = type(owner).__name__
            raise ConfigError(f"{kind} takes {name} of {least} or more, not {given!r}")


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)
