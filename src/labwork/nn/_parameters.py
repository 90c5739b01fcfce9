"""Counting and freezing parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from labwork.nn._built import require_built

__all__ = ["freeze", "frozen", "parameter_count", "unfreeze"]


def parameter_count(module: nn.Module, *, trainable_only: bool = False) -> int:
    """The number of parameters; one that is used in several places counts once.

    Raises:
        StateError: where parameters are yet to be made.

    >>> parameter_count(nn.Linear(3, 2))
    8
    """
    require_built(module)
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not trainable_only)


def freeze(module: nn.Module) -> nn.Module:
    """Keeps the parameters of ``module`` as they are: they get no gradients.

    What depends on the mode, as batch normalization, still does; ``module.eval()`` fixes it too.

    Raises:
        StateError: where parameters are yet to be made.

    >>> parameter_count(freeze(nn.Linear(3, 2)), trainable_only=True)
    0
    """
    require_built(module)
    return module.requires_grad_(False)


def unfreeze(module: nn.Module) -> nn.Module:
    """Lets the parameters of ``module`` get gradients.

    Raises:
        StateError: where parameters are yet to be made.
    """
    require_built(module)
    return module.requires_grad_(True)


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Within, the parameters get no gradients; afterwards those do again that did before.

    Raises:
        StateError: where parameters are yet to be made.

    >>> net = nn.Linear(3, 2)
    >>> with frozen(net):
    ...     net.weight.requires_grad
    False
    >>> net.weight.requires_grad
    True
    """
    require_built(module)
    trainable = [p for p in module.parameters() if p.requires_grad]
    try:
        freeze(module)
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)
