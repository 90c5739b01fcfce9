"""Calls that ask for the log of the volume change: they are calls to hooks and summaries, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook

from labwork.nn._on_meta import CALLED, is_on_meta
from labwork.nn._uncompiled import uncompiled

__all__ = ["call_watched", "is_watched"]

Forward = Callable[..., Any]


def is_watched(module: nn.Module) -> bool:
    """Whether a call of ``module`` is more than its ``forward``: it has hooks, or is on meta."""
    is_more = (
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
        or _has_any_global_hook()
        or is_on_meta(module)
    )
    return bool(is_more) and not _is_called(module)


@uncompiled
def call_watched(
    module: nn.Module, method: Forward, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Tensor]:
    """``method(module, …)``, which gives a value and its volume, as a call that gives the value.

    PyTorch calls hooks around ``forward`` only, so meanwhile ``forward`` is ``method``. Hooks get
    the value, and may change it.
    """
    volumes: list[Tensor] = []

    def forward(*args: Any, **kwargs: Any) -> Any:
        value, volume = method(module, *args, **kwargs)
        volumes.append(volume)
        return value

    call = vars(module)[CALLED] if is_on_meta(module) else module._call_impl
    with _forwarding(module, forward):
        value = call(*args, **kwargs)
    return value, volumes[-1]


class _Detour:
    """What ``forward`` of a module is while some threads call it for another method.

    What such a call calls of the module itself, as ``self(x)``, belongs to it and has no hooks;
    calls in other threads are as ever.
    """

    def __init__(self, module: nn.Module) -> None:
        self._attributes = vars(module)
        self._before = {k: self._attributes[k] for k in ("forward", CALLED) if k in vars(module)}
        self._forward, self._hooked = module.forward, module._call_impl
        self.by_thread: dict[int, Forward | None] = {}
        """What to call next; None within that call."""
        self._attributes.update({"forward": self, CALLED: self.call})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        thread = get_ident()
        forward = self.by_thread.get(thread)
        if forward is None:
            return self._forward(*args, **kwargs)
        self.by_thread[thread] = None
        return forward(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What a call of the module is."""
        if get_ident() in self.by_thread:
            return self._forward(*args, **kwargs)
        return (self._before.get(CALLED) or self._hooked)(*args, **kwargs)

    def end(self) -> None:
        """Puts back what was there."""
        for name in ("forward", CALLED):
            del self._attributes[name]
        self._attributes.update(self._before)


@contextmanager
def _forwarding(module: nn.Module, forward: Forward) -> Iterator[None]:
    """Within, a call of ``module`` in this thread calls ``forward``, once."""
    with _changing:
        detour = _detour(module) or _Detour(module)
        detour.by_thread[get_ident()] = forward
    try:
        yield
    finally:
        with _changing:
            del detour.by_thread[get_ident()]
            if not detour.by_thread:
                detour.end()


def _detour(module: nn.Module) -> _Detour | None:
    found = vars(module).get("forward")
    return found if isinstance(found, _Detour) else None


def _is_called(module: nn.Module) -> bool:
    detour = _detour(module)
    return detour is not None and get_ident() in detour.by_thread


_changing = Lock()
