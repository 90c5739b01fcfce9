"""hooked: hooks for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

__all__ = ["hooked"]


@contextmanager
def hooked(
    modules: nn.Module | Iterable[nn.Module], hook: Callable[..., Any], *, before: bool = False
) -> Iterator[None]:
    """Within, ``hook`` is called at each call of one of ``modules``.

    Args:
        modules: one module or several.
        hook: ``hook(module, args, output)``, as for ``register_forward_hook``; what it gives,
            unless None, takes the output's place.
        before: whether it is called before the module is, as ``hook(module, args)``.

    >>> import torch
    >>> net = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    >>> with hooked(net.children(), lambda module, args, out: print(module, out.shape)):
    ...     _ = net(torch.zeros(1, 3))
    Linear(in_features=3, out_features=2, bias=True) torch.Size([1, 2])
    ReLU() torch.Size([1, 2])
    """
    chosen = [modules] if isinstance(modules, nn.Module) else list(modules)
    handles = [
        m.register_forward_pre_hook(hook) if before else m.register_forward_hook(hook)
        for m in chosen
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
