"""What comes before an invertible module's methods: building it, hooks, or an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import Tensor

from labwork.core import StateError
from labwork.nn._module import Module, build_at_first_call
from labwork.nn._volume_calls import call_watched, is_watched

__all__ = ["prepare_methods", "unbuilt"]


def prepare_methods(cls: type[Module]) -> None:
    """Makes methods that ``cls`` defines do what a call of a module does besides ``forward``.

    ``call_and_ladj`` builds the module and has hooks; the way back refuses until it is built.
    """
    for name, prepared in _PREPARED.items():
        if name in vars(cls):
            setattr(cls, name, prepared(vars(cls)[name]))


def unbuilt(module: Module) -> StateError:
    """The error of asking for the way back before the sizes are known, to be raised."""
    return StateError(
        f"{type(module).__name__} isn't built, so its inverse isn't known; build it first, such as"
        " module.build((1, 3, 32, 32)), or call it once"
    )


def _called(method: Callable[..., Any]) -> Any:
    @wraps(method)
    def call(self: Module, *args: Any, **kwargs: Any) -> Any:
        if not self._is_built:
            build_at_first_call(self, args, kwargs)
        if is_watched(self):
            return call_watched(self, method, args, kwargs)
        return method(self, *args, **kwargs)

    return call


def _refused(method: Callable[..., Any]) -> Any:
    @wraps(method)
    def call(self: Module, y: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not self._is_built and not y.is_meta:  # on the meta device, it is being built
            raise unbuilt(self)
        return method(self, y, *args, **kwargs)

    return call


_PREPARED = {"call_and_ladj": _called, "inverse_forward": _refused, "inverse_and_ladj": _refused}
