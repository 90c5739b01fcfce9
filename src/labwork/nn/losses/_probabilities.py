"""Probabilities along dimension 1, and means under them."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import precise

__all__ = ["fixed_where_infinite", "log_probs", "mean_under"]


def log_probs(logits: Tensor) -> Tensor:
    """Logarithms of the probabilities along dimension 1."""
    return precise(logits).log_softmax(1)


def mean_under(probs: Tensor, values: Tensor) -> Tensor:
    """Σ p·v along dimension 1, where what has no probability counts for nothing.

    That is so for infinite values too, such as the logarithm of that probability, and for the
    gradient.
    """
    return (probs * values.where(probs > 0, 0)).sum(1)


def fixed_where_infinite(probs: Tensor, values: Tensor) -> Tensor:
    """``probs``, without a gradient where the value is infinite: past a softmax it would be NaN."""
    return probs.where(values.isfinite(), probs.detach()) if probs.requires_grad else probs
