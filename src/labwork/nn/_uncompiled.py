"""What is left out of compiled graphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

__all__ = ["uncompiled"]

P = ParamSpec("P")
T = TypeVar("T")


def uncompiled(function: Callable[P, T]) -> Callable[P, T]:
    """``function``, at whose calls ``torch.compile`` breaks the graph.

    Unlike ``torch.compiler.disable`` as a decorator, it doesn't import the compiler before that is
    at work, which would double the time of ``import torch``.

    >>> uncompiled(abs)(-1)
    1
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if torch.compiler.is_compiling():
            disabled: Callable[P, T] = torch.compiler.disable(function)
            return disabled(*args, **kwargs)
        return function(*args, **kwargs)

    return call
