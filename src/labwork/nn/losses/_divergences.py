"""Divergences of two distributions over classes, both given as logits."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

from labwork.nn.losses._checks import check_logits
from labwork.nn.losses._probabilities import fixed_where_infinite, log_probs, mean_under

__all__ = ["js_divergence", "kl_divergence", "reverse_kl_divergence"]


def kl_divergence(logits: Tensor, target_logits: Tensor) -> Tensor:
    """Kullback and Leibler's divergence of the prediction q from the target p: Σ p·log(p/q).

    Gradients reach both; where the target is to stay, hand over ``target_logits.detach()``.

    Args:
        logits: those of q, the approximating distribution, (N, C, …).
        target_logits: those of p; for probabilities, their logarithms, of which -inf is one.

    Returns:
        nats for each place, (N, …); 0 where p = q, nowhere below, and infinite where q makes
        impossible what p doesn't.

    Raises:
        ValueError: where they aren't of one shape (N, C, …).

    >>> import torch
    >>> kl_divergence(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]).log())
    tensor([0.6931])
    """
    check_logits("kl_divergence", logits, target_logits)
    return _kl(log_probs(target_logits), log_probs(logits))


def reverse_kl_divergence(logits: Tensor, target_logits: Tensor) -> Tensor:
    """The divergence of the target p from the prediction q: Σ q·log(q/p).

    It punishes probability where the target has none, instead of too little where it has some.

    Args:
        logits: those of q, the approximating distribution, (N, C, …).
        target_logits: those of p; for probabilities, their logarithms.

    Returns:
        nats for each place, (N, …); 0 where p = q, nowhere below, and infinite where p makes
        impossible what q doesn't.

    Raises:
        ValueError: where they aren't of one shape (N, C, …).

    >>> import torch
    >>> reverse_kl_divergence(torch.tensor([[1.0, 0.0]]).log(), torch.zeros(1, 2))
    tensor([0.6931])
    """
    check_logits("reverse_kl_divergence", logits, target_logits)
    return _kl(log_probs(logits), log_probs(target_logits))


def js_divergence(logits: Tensor, target_logits: Tensor) -> Tensor:
    """Jensen and Shannon's divergence: the mean of those of p and q from (p + q)/2.

    Lin: Divergence measures based on the Shannon entropy, 1991.

    Args:
        logits: those of q, the approximating distribution, (N, C, …).
        target_logits: those of p; for probabilities, their logarithms.

    Returns:
        nats for each place, (N, …); from 0 where p = q to log 2, and the same for q and p swapped.

    Raises:
        ValueError: where they aren't of one shape (N, C, …).

    >>> import torch
    >>> js_divergence(torch.tensor([[1e4, 0.0]]), torch.tensor([[0.0, 1e4]]))
    tensor([0.6931])
    """
    check_logits("js_divergence", logits, target_logits)
    log_p, log_q = log_probs(target_logits), log_probs(logits)
    return (_kl_from_mean(log_p, log_q) + _kl_from_mean(log_q, log_p)) / 2


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    log_ratio = log_p - log_q
    return _not_below_0(mean_under(fixed_where_infinite(log_p.exp(), log_ratio), log_ratio))


def _kl_from_mean(log_p: Tensor, log_q: Tensor) -> Tensor:
    """The divergence of (p + q)/2 from p, in a form that is exactly 0 where p = q."""
    log_ratio = (log_q - log_p).where(log_p.isfinite(), 0)
    terms = math.log(2) - F.softplus(log_ratio, threshold=40)
    return _not_below_0((log_p.exp() * terms).sum(1))


def _not_below_0(divergence: Tensor) -> Tensor:
    """Takes back what rounding has taken.

    Clamping alone would take the gradient as well, and it is needed where p and q are close.
    """
    return divergence - divergence.detach().clamp_max(0)
