"""Cross-entropy with class indices and with probabilities."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_labels, check_probabilities, check_weight
from labwork.nn.losses._labels import no_such_class
from labwork.nn.losses._probabilities import fixed_where_infinite, log_probs, mean_under

__all__ = ["cross_entropy", "nll"]


def nll(
    logits: Tensor, label: Tensor, *, weight: Tensor | None = None, ignore_index: int = -1
) -> Tensor:
    """The negative log-likelihood of the classes, in nats: -log q[label].

    Args:
        logits: unnormalized logarithms of probabilities q, (N, C, …).
        label: class indices, (N, …).
        weight: a factor for each class, (C,).
        ignore_index: where this is the label, the loss is 0 and there is no gradient.

    Returns:
        a number for each place, (N, …).

    Raises:
        ValueError: where shapes don't fit or (on the CPU) a label is no class.

    >>> import torch
    >>> nll(torch.zeros(3, 2), torch.tensor([0, 1, -1]))
    tensor([0.6931, 0.6931, 0.0000])
    """
    check_labels("nll", logits, label)
    x = precise(logits)
    if weight is not None:
        check_weight("nll", logits, weight)
        weight = weight.to(x.dtype)
    try:
        return F.cross_entropy(x, label.long(), weight, ignore_index=ignore_index, reduction="none")
    except IndexError as error:
        raise no_such_class("nll", logits.shape[1], ignore_index, error) from error


def cross_entropy(
    logits: Tensor, target: Tensor, *, weight: Tensor | None = None, ignore_index: int = -1
) -> Tensor:
    """The cross-entropy of target and prediction, in nats: -Σ p·log q.

    Args:
        logits: unnormalized logarithms of probabilities q, (N, C, …).
        target: class indices (N, …), as in ``nll``; or probabilities p, (N, C, …).
        weight: a factor for each class, (C,).
        ignore_index: where this is the class index, the loss is 0 and there is no gradient.

    Returns:
        a number for each place, (N, …).

    Raises:
        ValueError: where shapes don't fit or (on the CPU) a label is no class.

    >>> import torch
    >>> cross_entropy(torch.zeros(2, 4), torch.tensor([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]))
    tensor([1.3863, 1.3863])
    """
    if not target.is_floating_point():
        return nll(logits, target, weight=weight, ignore_index=ignore_index)
    check_probabilities("cross_entropy", logits, target)
    p = precise(target)
    if weight is not None:
        check_weight("cross_entropy", logits, weight)
        p = p * weight.reshape(-1, *[1] * (logits.ndim - 2))
    cost = -log_probs(logits)
    return mean_under(fixed_where_infinite(p, cost), cost)
