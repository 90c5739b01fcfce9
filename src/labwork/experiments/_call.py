"""Calling what users name with what they give, so that mistakes are told where they were made."""

import inspect
from collections.abc import Callable
from typing import Any

from labwork.config import ArgTree, Blame, TreeError, blame, tree_partial
from labwork.core import ConfigError, ExpressionError, LabworkError, shorten, source
from labwork.experiments._given import Given
from labwork.experiments._source import KeyPath

__all__ = ["apply_given", "call", "call_with", "make_with", "name_of"]


class _IncompleteError(ConfigError):
    """An argument is missing, so that none of those that are there is to blame."""


def apply_given(function: Callable[..., Any], given: Given) -> Callable[..., Any]:
    """``function`` with the arguments, whose trees edit its defaults.

    Raises:
        ConfigError: where ``function`` or a factory within has no such argument.
    """
    try:
        return tree_partial(function, **given.tree.changes)
    except TreeError as error:
        raise given.error(error.faults) from error
    except LabworkError as error:
        raise given.error([((), str(error))]) from error


def call_with(
    function: Callable[..., Any], given: Given, then: Callable[[Any], Any] = lambda made: made
) -> Any:
    """Calls ``function``; tells of arguments that it lacks, and of the nearest to wrong ones.

    Args:
        function: what is called.
        given: its arguments.
        then: called with what ``function`` gives; where it fails, the arguments are to blame.

    Raises:
        ConfigError: where it has no such argument, needs another one, or doesn't accept a value;
            each is told with the place where the argument was written.
    """
    apply_given(function, given)
    return make_with(lambda tree: then(call(function, tree)), given, name_of(function))


def call(function: Callable[..., Any], tree: ArgTree) -> Any:
    """Calls ``function`` with the arguments of a tree.

    Raises:
        ConfigError: where it needs another one.
    """
    ready = tree_partial(function, **tree.changes)
    if missing := _missing(ready):
        raise _IncompleteError(f"{name_of(function)} needs {', '.join(missing)}")
    return ready()


def make_with(make: Callable[[ArgTree], Any], given: Given, name: str) -> Any:
    """What ``make`` makes of the arguments.

    Args:
        make: where it fails, it is called again with fewer arguments, to find the one to blame.
        given: the arguments.
        name: what ``make`` calls.

    Raises:
        ConfigError: where it fails, with the place of the argument that it doesn't accept.
    """
    try:
        return make(given.tree)
    except _IncompleteError as error:
        raise given.error([((), str(error))]) from error
    except ExpressionError:
        raise  # knows itself where it was written
    except Exception as error:  # whatever a factory raises is told in the user's words
        blames = blame(make, given.tree, error)
        raise given.error([_fault(found, given, name) for found in blames]) from error


def _fault(found: Blame, given: Given, name: str) -> tuple[KeyPath, str]:
    path, *others = found.paths or ((),)
    together = f" together with {', '.join(map(given.place, others))}" if others else ""
    notes = getattr(found.error, "__notes__", [])  # such as the path of the module
    if isinstance(found.error, LabworkError):
        said = "; ".join([str(found.error), *notes])
        return path, f"{said}{together and f' (given{together})'}"
    line = " ".join("; ".join([str(found.error) or type(found.error).__name__, *notes]).split())
    if not path:
        return path, f"{name} fails: {line}"
    value = shorten(source(given.tree.at(path)))
    return path, f"{name} doesn't accept {value}{together}: {line}"


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called, also where it has arguments already."""
    named = getattr(function, "func", function)
    return str(getattr(named, "__name__", repr(named)))


def _missing(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a built-in without a signature
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]
