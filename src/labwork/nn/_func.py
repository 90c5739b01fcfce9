"""Func: a function as a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labwork.nn._module import Module
from labwork.nn._script import refuse_script

__all__ = ["Func"]


class Func(Module):
    """A function as a module, so that it can stand in a ``Seq``.

    Args:
        f: the function; to be pickled with the module it has to be importable.
        *args: go after the input.
        **kwargs: likewise.

    >>> import torch
    >>> Func(torch.flatten, 1)(torch.zeros(2, 3, 4)).shape
    torch.Size([2, 12])
    """

    __prepare_scriptable__ = refuse_script

    def __init__(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.f, self.args, self.kwargs = f, args, kwargs

    def forward(self, x: Any) -> Any:
        """``f(x, *args, **kwargs)``."""
        return self.f(x, *self.args, **self.kwargs)

    def extra_repr(self) -> str:
        """The arguments, as written."""
        name = getattr(self.f, "__name__", repr(self.f))
        given = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return ", ".join([name, *given])
