"""Contrast of embeddings with the centroids of classes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._precision import multiply
from labwork.nn.losses._checks import check_labels
from labwork.nn.losses._labels import one_hot
from labwork.nn.losses._views import vectors

__all__ = ["centroid_contrastive"]


def centroid_contrastive(
    embeddings: Tensor,
    label: Tensor,
    class_count: int,
    *,
    temperature: float = 1.0,
    ignore_index: int = -1,
) -> Tensor:
    """Draws embeddings to the centroid of their class and away from those of the others.

    -log softmax over the classes k of z·c_k/τ, at the embedding's own class; c_k is the mean of
    the class's embeddings in the batch, and gradients pass through it. This is the classifier of
    Snell et al.: Prototypical networks for few-shot learning, 2017, equation 2, with the scalar
    product and temperature of Li et al.: Prototypical contrastive learning, 2021. Normalize the
    embeddings before, for similarity to be the cosine.

    Args:
        embeddings: z, (N, D, …), such as (N, D, H, W).
        label: class indices, (N, …).
        class_count: classes there are; those that the batch lacks are left out.
        temperature: τ, above 0.
        ignore_index: where this is the label, the loss is 0 and there is no gradient.

    Returns:
        a number for each place, (N, …).

    Raises:
        ValueError: where shapes don't fit or (on the CPU) a label is no class.
        ConfigError: where the temperature isn't above 0.

    >>> z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> centroid_contrastive(z, torch.tensor([0, 0, 2, -1]), class_count=3, temperature=0.5)
    tensor([0.1269, 0.1269, 0.1269, 0.0000])
    """
    check_labels("centroid_contrastive", embeddings, label)
    if not temperature > 0:
        raise ConfigError(f"temperature must be above 0, not {temperature!r}")
    z, labels = vectors(embeddings), label.long().flatten()
    members = one_hot("centroid_contrastive", labels, class_count, ignore_index, z.dtype)
    counts = members.sum(0)
    centroids = multiply(members.T, z) / counts.clamp_min(1).unsqueeze(1)
    scores = multiply(z, centroids.T) / temperature
    # Not -inf: without any label it would make NaN.
    scores = scores.masked_fill(counts == 0, torch.finfo(scores.dtype).min)
    losses = F.cross_entropy(scores, labels, ignore_index=ignore_index, reduction="none")
    return losses.reshape(label.shape)
