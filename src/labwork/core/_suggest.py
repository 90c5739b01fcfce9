"""Did you mean: the nearest names to a name that isn't known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from labwork.core._errors import ConfigError

__all__ = ["nearest", "suggestion", "unknown_name"]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like ``name``, or None where none is.

    >>> nearest("Digts", ["Digits", "Cifar10"])
    'Digits'
    >>> nearest("acc", ["MeanLoss", "ClassificationAccuracy"])
    'ClassificationAccuracy'
    >>> nearest("zzz", ["Digits", "Cifar10"]) is None
    True
    """
    by_lower = {option.lower(): option for option in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    containing = [option for option in by_lower if len(name) > 2 and name.lower() in option]
    return by_lower[(found or containing)[0]] if found or containing else None


def suggestion(name: Any, known: Iterable[Any]) -> str:
    """The end of a message that asks whether the nearest of ``known`` was meant, if one is near.

    >>> suggestion("adm", ["sgd", "adam", 3]), suggestion(3, ["3"])
    ("; did you mean 'adam'?", '')
    """
    names = [option for option in known if isinstance(option, str)]
    guess = nearest(name, names) if isinstance(name, str) else None
    return f"; did you mean {guess!r}?" if guess else ""


def unknown_name(kind: str, name: str, known: Iterable[str], where: str = "") -> ConfigError:
    """The error for a name that isn't known, to be raised by the caller.

    Args:
        kind: what the name should name, such as ``dataset``.
        name: what was written.
        known: what could have been written.
        where: where it was written, such as ``DATA on the command line``.

    >>> unknown_name("dataset", "Digts", ["Digits"], "DATA")
    ConfigError("unknown dataset 'Digts' in DATA; did you mean 'Digits'? Known: Digits.")
    """
    options = sorted(known)
    if not options:
        return ConfigError(
            f"{kind} {name!r}{f' in {where}' if where else ''}: no name can stand here"
        )
    guess = nearest(name, options)
    place = f" in {where}" if where else ""
    hint = f" did you mean {guess!r}?" if guess else ""
    return ConfigError(f"unknown {kind} {name!r}{place};{hint} Known: {', '.join(options)}.")
