"""Calls, and what to say of those that go wrong."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any

from labwork.config.expressions._budget import called_by_others
from labwork.config.expressions._containers import items_of
from labwork.config.expressions._frame import Frame, Node, one_line, with_article
from labwork.config.expressions._open_types import has_shape, units_of_shapes
from labwork.config.expressions._operators import check_integer
from labwork.config.expressions._source import Refusal, Span
from labwork.core import ExpressionError, shorten, suggestion

__all__ = ["Call", "Keyword"]


@dataclass(frozen=True, slots=True)
class Keyword(Node):
    """``name=value`` in a call; a name of None stands for ``**value``."""

    name: str | None
    value: Node

    def compute(self, frame: Frame) -> dict[str, Any]:
        value = frame.evaluate(self.value)
        if self.name is not None:
            return {self.name: value}
        if not isinstance(value, Mapping):
            raise Refusal(f"'**' needs a dict, no {type(value).__name__}")
        return {_public(name): value[name] for name in frame.iterate(value)}


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function that came out of the namespace."""

    function: Node
    args: tuple[Node, ...]
    keywords: tuple[Keyword, ...]

    def compute(self, frame: Frame) -> Any:
        function = frame.evaluate(self.function)
        args = list(items_of(self.args, frame))
        keywords = self._keywords(frame)
        if not callable(function):
            message = f"{self._named(frame)} can't be called: it is {with_article(function)}"
            raise Refusal(message, self.function.span)
        weight = _pay(function, [*args, *keywords.values()], frame)
        result = check_integer(self._call(function, args, keywords, frame))
        if not has_shape(result):
            frame.charge_length(result)
            frame.budget.note(result, weight + 1)
        return result

    def _keywords(self, frame: Frame) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for keyword in self.keywords:
            for name, value in frame.evaluate(keyword).items():
                if name in given:
                    raise Refusal(f"argument {name!r} is given twice", keyword.span)
                given[name] = value
        return given

    def _call(
        self,
        function: Callable[..., Any],
        args: list[Any],
        keywords: Mapping[str, Any],
        frame: Frame,
    ) -> Any:
        try:
            if _owner(function, frame) is not None:
                with called_by_others():
                    return function(*args, **keywords)
            return function(*args, **keywords)
        except ExpressionError as error:
            if error.text == frame.source.text:  # a lambda of this expression knows its place
                raise
            raise self._failure(one_line(error), frame) from error
        except TypeError as error:
            self._check_names(function, keywords, frame, error)
            raise self._failure(one_line(error), frame) from error
        except Exception as error:
            raise self._failure(one_line(error), frame) from error

    def _failure(self, message: str, frame: Frame) -> ExpressionError:
        return frame.source.error(f"{self._named(frame)}: {message}", self.span)

    def _check_names(
        self,
        function: Callable[..., Any],
        keywords: Mapping[str, Any],
        frame: Frame,
        error: TypeError,
    ) -> None:
        known = _parameter_names(function)
        for name in keywords:
            if known is not None and name not in known:
                hint = suggestion(name, known)
                message = f"{self._named(frame)} has no argument {shorten(name)!r}{hint}"
                raise frame.source.error(message, self._span_of(name)) from error

    def _span_of(self, name: str) -> Span:
        spans = [k.span for k in self.keywords if k.name == name]
        return (spans[0][0], spans[0][0] + len(name)) if spans else self.span

    def _named(self, frame: Frame) -> str:
        start, end = self.function.span
        return shorten(frame.source.text[start:end], 40)


def _pay(function: Callable[..., Any], args: list[Any], frame: Frame) -> int:
    """Pays for a call; gives the weight of what its result may hold."""
    budget, before = frame.budget, frame.budget.left
    owner = _owner(function, frame)
    budget.charge(*args, *([] if owner is None else [owner]))
    weight = before - budget.left
    budget.spend(units_of_shapes([owner, *args]))
    while isinstance(function, partial):
        args = [*function.args, *function.keywords.values(), *args]
        function = function.func
    if any(function is thorough for thorough in _THOROUGH):
        for arg in args:
            frame.charge_items(arg)
    return weight


def _owner(function: Callable[..., Any], frame: Frame) -> Any:
    """What ``function`` is a method of, where that is of an open type."""
    owner = getattr(function, "__self__", None)
    is_method = isinstance(function, MethodType | BuiltinMethodType)
    is_function = owner is None or isinstance(owner, ModuleType)  # as that of ``len`` is
    return owner if is_method and not is_function and frame.namespace.is_open(owner) else None


# What goes through all of an argument; others, such as a join of datasets, only keep it.
_THOROUGH = (
    *(all, any, dict, enumerate, filter, frozenset, list, map, max, min, set, sorted, sum, tuple),
    zip,
)


def _public(name: Any) -> str:
    if not isinstance(name, str) or name.startswith("_"):
        raise Refusal("names of arguments are strings that don't start with an underscore")
    return name


def _parameter_names(function: Callable[..., Any]) -> list[str] | None:
    """What may be given by name; None where anything may, or nobody knows."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
