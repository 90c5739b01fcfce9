"""What happens to calls of an invertible module's methods before it is built."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import Tensor

from labwork.core import StateError
from labwork.nn._module import Module, build_at_first_call

__all__ = ["prepare_methods", "unbuilt"]


def prepare_methods(cls: type[Module]) -> None:
    """Makes methods that ``cls`` defines build the module first, or refuse while it isn't built.

    Only ``forward`` is called through PyTorch's hooks, of which one builds.
    """
    for name, prepare in _PREPARED.items():
        if name in vars(cls):
            setattr(cls, name, _prepared(vars(cls)[name], prepare))


def unbuilt(module: Module) -> StateError:
    """The error of asking for the way back before the sizes are known, to be raised."""
    return StateError(
        f"{type(module).__name__} isn't built, so its inverse isn't known; build it first, such as"
        " module.build((1, 3, 32, 32)), or call it once"
    )


def _prepared(method: Callable[..., Any], prepare: Callable[..., None]) -> Any:
    @wraps(method)
    def call(self: Module, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        prepare(self, x, *args, **kwargs)
        return method(self, x, *args, **kwargs)

    return call


def _build(module: Module, *args: Any, **kwargs: Any) -> None:
    if not module._is_built:
        build_at_first_call(module, args, kwargs)


def _refuse(module: Module, y: Tensor, *args: Any, **kwargs: Any) -> None:
    if not module._is_built and not y.is_meta:  # on the meta device, it is being built
        raise unbuilt(module)


_PREPARED = {"call_and_ladj": _build, "inverse_forward": _refuse, "inverse_and_ladj": _refuse}
