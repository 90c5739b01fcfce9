"""Consistency where the target is sure."""

from __future__ import annotations

from torch import Tensor

from labwork.core import ConfigError
from labwork.nn.losses._checks import check_logits
from labwork.nn.losses._divergences import kl_divergence
from labwork.nn.losses._probabilities import log_probs

__all__ = ["confident_kl_divergence"]


def confident_kl_divergence(logits: Tensor, target_logits: Tensor, threshold: float) -> Tensor:
    """``kl_divergence`` where the target's greatest probability is at least ``threshold``, else 0.

    Xie et al.: Unsupervised data augmentation for consistency training, 2020, where it is called
    confidence-based masking. Its mean is over all places, so that it fades in with confidence.

    Args:
        logits: those of the prediction, (N, C, …).
        target_logits: those of the target.
        threshold: a probability, such as 0.95.

    Returns:
        nats for each place, (N, …).

    Raises:
        ValueError: where they aren't of one shape (N, C, …).
        ConfigError: where the threshold is no probability.

    >>> import torch
    >>> target = torch.tensor([[5.0, 0.0], [1.0, 0.0]])
    >>> confident_kl_divergence(torch.zeros(2, 2), target, threshold=0.95)
    tensor([0.6530, 0.0000])
    """
    if not 0 <= threshold <= 1:
        raise ConfigError(f"threshold must be a probability, from 0 to 1, not {threshold!r}")
    check_logits("confident_kl_divergence", logits, target_logits)
    confidence = log_probs(target_logits.detach()).amax(1).exp()
    return kl_divergence(logits, target_logits).where(confidence >= threshold, 0)
