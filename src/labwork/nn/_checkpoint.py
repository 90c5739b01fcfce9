"""Checkpointing: activations that are computed again instead of kept, and where that is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from torch import nn
from torch.utils.checkpoint import checkpoint

from labwork.nn._past import Past
from labwork.nn._uncompiled import uncompiled

__all__ = ["Ranges", "checkpointed", "ranges_with", "ranges_without"]

Ranges = tuple[tuple[int, int], ...]


@uncompiled
def checkpointed(f: Callable[..., Any], modules: Sequence[nn.Module], x: Any) -> Any:
    """``f(modules, x)``, computed once more in the backward pass, with ``modules`` as they were.

    Chen et al.: Training deep nets with sublinear memory cost, 2016. It isn't compiled, since the
    compiler knows no contexts of a checkpoint; what is around it is.

    >>> import torch
    >>> x = torch.ones(1, requires_grad=True)
    >>> checkpointed(lambda modules, x: modules[0](x).exp(), [nn.ReLU()], x).backward()
    >>> x.grad
    tensor([2.7183])
    """
    contexts = nullcontext(), Past(part for module in modules for part in module.modules())
    return checkpoint(f, modules, x, use_reentrant=False, context_fn=lambda: contexts)


def ranges_with(ranges: Ranges, place: int) -> Ranges:
    """The ranges once there is one more at ``place``, which is in one if it is inside of it.

    >>> ranges_with(((0, 2), (2, 4)), 2), ranges_with(((0, 2),), 1)
    (((0, 2), (3, 5)), ((0, 3),))
    """
    return tuple((start + (place <= start), end + (place < end)) for start, end in ranges)


def ranges_without(ranges: Ranges, place: int) -> Ranges:
    """The ranges once what is at ``place`` is gone.

    >>> ranges_without(((0, 2), (2, 3)), 2), ranges_without(((1, 3),), 0)
    (((0, 2), (2, 2)), ((0, 2),))
    """
    return tuple((start - (place < start), end - (place < end)) for start, end in ranges)
