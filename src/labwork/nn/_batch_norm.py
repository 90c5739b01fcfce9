"""Running statistics in a forward pass that is computed once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

__all__ = ["norms_in_training", "without_statistics"]


def norms_in_training(module: nn.Module) -> list[_NormBase]:
    """The normalizations, here and below, whose running statistics a call would update."""
    norms = [part for part in module.modules() if isinstance(part, _NormBase) and part.training]
    return [norm for norm in norms if norm.track_running_stats]


@contextmanager
def without_statistics(norms: Sequence[_NormBase]) -> Iterator[None]:
    """Within, running statistics stay as they are, for the batch has been counted."""
    # Not without tracking: autograd would find fewer tensors saved than in the forward pass.
    counts = [norm.num_batches_tracked.clone() for norm in norms]  # type: ignore[union-attr]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum, count in zip(norms, momenta, counts, strict=True):
            norm.momentum = momentum
            norm.num_batches_tracked.copy_(count)  # type: ignore[union-attr]
