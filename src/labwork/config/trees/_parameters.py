"""The arguments that a factory takes, and what they are now."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter
from typing import Any

from labwork.config.trees._place import located, not_there, shortened
from labwork.config.trees._tree import MISSING
from labwork.core import ConfigError

__all__ = ["Parameters", "bound_keywords", "readable_signature"]

Factory = Callable[..., Any]
_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


class Parameters:
    """The parameters of a factory, seen through partial functions.

    A factory whose signature can't be read, as that of some builtins, takes anything.

    Args:
        factory: a callable.
        place: its path, for errors.
    """

    def __init__(self, factory: Factory, place: str) -> None:
        self._factory, self._where = factory, located(place, factory)
        signature = readable_signature(factory)
        self.is_readable = signature is not None
        self._all = dict(signature.parameters) if signature else {}

    @property
    def by_name(self) -> dict[str, Parameter]:
        """Those that can be given by name."""
        return {name: p for name, p in self._all.items() if p.kind in _BY_NAME}

    @property
    def by_position(self) -> list[Parameter]:
        """Those that can be given by position, in order."""
        return [p for p in self._all.values() if p.kind in _BY_POSITION]

    def check_name(self, name: str) -> None:
        """Raises ConfigError where no argument can be given by this name."""
        takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in self._all.values())
        if name in self.by_name or takes_any or not self.is_readable:
            return
        if name in self._all and self._all[name].kind is Parameter.POSITIONAL_ONLY:
            raise ConfigError(f"{self._where} takes {name!r} by position only, not by name")
        raise not_there(self._where, "argument", name, self.by_name)

    def present(self, name: str) -> Any:
        """What the argument is where it isn't given; ``MISSING`` if there is no such thing."""
        bound = bound_keywords(self._factory)
        if name in bound:
            return bound[name]
        default = self._all[name].default if name in self._all else Parameter.empty
        if default is Parameter.empty:
            return MISSING
        return _made_for_each(self._factory, name, default)()

    def bind(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> functools.partial[Any]:
        """The partial function, whose arguments are sure to fit."""
        partial = functools.partial(self._factory, *args, **keywords)
        self._check(partial)
        return partial

    def _check(self, partial: functools.partial[Any]) -> None:
        signature = readable_signature(partial.func)
        try:
            if signature:
                signature.bind_partial(*partial.args, **partial.keywords)
        except TypeError as error:
            given = shortened(partial)
            raise ConfigError(f"{self._where} can't be called as {given}: {error}") from error


def readable_signature(factory: Factory) -> inspect.Signature | None:
    """The signature of ``factory``, or None where Python can't tell it."""
    try:
        return inspect.signature(factory)
    except (TypeError, ValueError):
        return None


def bound_keywords(factory: Factory) -> dict[str, Any]:
    """The keywords that partial functions have given already."""
    merged: dict[str, Any] = {}
    for partial in _partials(factory):
        merged = partial.keywords | merged
    return merged


def _partials(factory: Factory) -> Iterator[functools.partial[Any]]:
    while isinstance(factory, functools.partial):
        yield factory
        factory = factory.func


def _made_for_each(factory: Factory, name: str, default: Any) -> Callable[[], Any]:
    """Gives the default, which a dataclass may make anew for each instance."""
    for partial in _partials(factory):
        factory = partial.func
    field = getattr(factory, "__dataclass_fields__", {}).get(name)
    make = dataclasses.MISSING if field is None else field.default_factory
    return (lambda: default) if make is dataclasses.MISSING else make
