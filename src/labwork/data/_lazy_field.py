"""A field of a record that is computed when it is first read."""

import inspect
from collections.abc import Callable
from threading import local
from typing import Any

from labwork.core import ConfigError
from labwork.data._notes import note_field

__all__ = ["LazyField"]

_UNSET = object()


class _Underway(local):
    """The fields that a thread computes now, the outermost first."""

    def __init__(self) -> None:
        self.fields: list[LazyField] = []


_underway = _Underway()


class LazyField:
    """A value that is computed once, shared by all records that hold the field."""

    __slots__ = ("_function", "_name", "_record", "_value")

    def __init__(self, name: str, function: Callable[..., Any], record: Any = None) -> None:
        self._name = name
        self._function: Callable[..., Any] | None = function
        self._record: Any | None = record
        self._value: Any = _UNSET

    @property
    def is_known(self) -> bool:
        return self._value is not _UNSET

    def get(self) -> Any:
        if self._value is _UNSET:
            assert self._function is not None
            takes_record = self._record is not None and _needs_argument(self._function)
            arguments = (self._record,) if takes_record else ()
            self._value = self._compute(self._function, *arguments)
            self._function = self._record = None  # lets go of what the function held
        return self._value

    def _compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        underway = _underway.fields
        if self in underway:
            names = [f._name for f in (*underway[underway.index(self) :], self)]
            raise ConfigError(f"the lazy field {self._name!r} needs itself: {' → '.join(names)}")
        underway.append(self)
        try:
            return function(*arguments)
        except Exception as error:
            note_field(error, self._name)
            raise
        finally:
            underway.pop()


def _needs_argument(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a built-in without a signature
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.default is p.empty and p.kind in positional for p in parameters)
