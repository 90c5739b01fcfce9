"""Entropy, to be minimized where there is no label."""

from __future__ import annotations

from torch import Tensor

from labwork.nn.losses._checks import check_layout
from labwork.nn.losses._probabilities import log_probs, mean_under

__all__ = ["entropy"]


def entropy(logits: Tensor) -> Tensor:
    """The entropy of a distribution over classes: -Σ q·log q.

    Grandvalet and Bengio: Semi-supervised learning by entropy minimization, 2005.

    Args:
        logits: unnormalized logarithms of probabilities q, (N, C, …).

    Returns:
        nats for each place, (N, …); from 0 to log C.

    Raises:
        ValueError: where the logits don't have that shape.

    >>> import torch
    >>> entropy(torch.tensor([[0.0, 0.0], [1e4, 0.0]]))
    tensor([0.6931, 0.0000])
    """
    check_layout("entropy", "logits", logits, "(N, C, …)")
    log_q = log_probs(logits)
    return mean_under(log_q.exp(), -log_q)
