"""Calling what users name with what they give, so that mistakes are told in their words."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from labwork.config import tree_partial
from labwork.core import ConfigError, LabworkError

__all__ = ["apply_tree", "call_with"]


def apply_tree(
    function: Callable[..., Any], arguments: Mapping[str, Any], where: str
) -> Callable[..., Any]:
    """``function`` with ``arguments``, whose trees edit its defaults.

    Raises:
        ConfigError: where ``function`` or a factory within has no such argument.
    """
    try:
        return tree_partial(function, **arguments)
    except LabworkError as error:
        raise ConfigError(f"{where}: {error}") from error


def call_with(function: Callable[..., Any], arguments: Mapping[str, Any], where: str) -> Any:
    """Calls ``function``; tells of arguments that it lacks, and of the nearest to wrong ones.

    Raises:
        ConfigError: where it has no such argument, needs another one, or doesn't accept a value.
    """
    ready = apply_tree(function, arguments, where)
    named = getattr(function, "func", function)
    name = getattr(named, "__name__", repr(named))
    if missing := _missing(ready):
        raise ConfigError(f"{where}: {name} needs {', '.join(missing)}")
    try:
        return ready()
    except Exception as error:  # whatever a factory raises is told in the user's words
        raise ConfigError(f"{where}: {_reason(name, error)}") from error


def _reason(name: str, error: Exception) -> str:
    if isinstance(error, LabworkError):
        return str(error)
    line = " ".join(str(error).split()) or type(error).__name__
    return f"{name} doesn't accept its arguments: {line}"


def _missing(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a built-in without a signature
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in variadic]
