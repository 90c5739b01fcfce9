"""Where in a tree something is wrong, and what would be right."""

from collections.abc import Iterable
from typing import Any

from labwork.core import ConfigError, nearest, short_name, shorten, source

__all__ = ["located", "not_there", "shortened"]


def located(place: str, target: Any) -> str:
    """The path of ``target``, and its name where the path doesn't end in it.

    >>> located("Net.size_f", int), located("int", int)
    ('Net.size_f (int)', 'int')
    """
    name = short_name(target)
    return place if place == name else f"{place} ({name})"


def not_there(where: str, kind: str, name: Any, known: Iterable[Any]) -> ConfigError:
    """The error for a name that isn't there, to be raised by the caller.

    >>> not_there("Net.norm_f (Norm)", "argument", "epps", ["eps", "gamma"])
    ConfigError("Net.norm_f (Norm) has no argument 'epps'; did you mean 'eps'? It has eps, gamma.")
    """
    options = [option if isinstance(option, str) else repr(option) for option in known]
    guess = nearest(name, options) if isinstance(name, str) else None
    hint = f" did you mean {guess!r}?" if guess else ""
    listed = ", ".join(options) if options else "none that can be set"
    return ConfigError(f"{where} has no {kind} {name!r};{hint} It has {listed}.")


def shortened(value: Any) -> str:
    """The source of ``value`` on one line of bounded length, for messages."""
    return shorten(source(value))
