"""The squared distance of two distributions over classes."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_logits

__all__ = ["squared_distance"]


def squared_distance(logits: Tensor, target_logits: Tensor) -> Tensor:
    """The squared L2 distance of probabilities: Σ (p - q)².

    With a target that is sure it is the score of Brier: Verification of forecasts expressed in
    terms of probability, 1950. Unlike divergences it is bounded, and so is its gradient.

    Args:
        logits: those of the prediction q, (N, C, …).
        target_logits: those of the target p; for probabilities, their logarithms.

    Returns:
        a number for each place, (N, …); from 0 to 2.

    Raises:
        ValueError: where they aren't of one shape (N, C, …).

    >>> import torch
    >>> squared_distance(torch.tensor([[1e4, 0.0]]), torch.tensor([[0.0, 1e4]]))
    tensor([2.])
    """
    check_logits("squared_distance", logits, target_logits)
    p, q = precise(target_logits).softmax(1), precise(logits).softmax(1)
    return (p - q).square().sum(1)
