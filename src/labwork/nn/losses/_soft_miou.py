"""Intersection over union that can be learnt from."""

from __future__ import annotations

import torch
from torch import Tensor

from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_labels, check_probabilities
from labwork.nn.losses._labels import one_hot

__all__ = ["soft_miou_loss"]


def soft_miou_loss(logits: Tensor, target: Tensor, *, ignore_index: int = -1) -> Tensor:
    """1 - mIoU, where probabilities take the place of decisions.

    Rahman and Wang: Optimizing intersection-over-union in deep neural networks for image
    segmentation, 2016: with p of the target and q of the prediction, summed over the pixels of an
    image, a class has I = Σ p·q, U = Σ (p + q - p·q) and IoU = I/U. The mean is over the classes
    that the target has.

    Args:
        logits: unnormalized logarithms of probabilities q, (N, C, H, W) or (N, C, …).
        target: class indices (N, H, W), or probabilities p, (N, C, H, W).
        ignore_index: pixels with this class index count nowhere.

    Returns:
        a number for each image, (N,); from 0 to 1, and 0 for one without labelled pixels.

    Raises:
        ValueError: where shapes don't fit or (on the CPU) a label is no class.

    >>> label = torch.tensor([[[0, 0], [1, -1]]])
    >>> logits = torch.tensor([[[1e4, 1e4], [0, 0]], [[0, 0], [1e4, 1e4]]])[None]
    >>> soft_miou_loss(logits, label), soft_miou_loss(logits.flip(1), label)
    (tensor([0.]), tensor([1.]))
    """
    by_pixel = (*logits.shape[:2], -1)
    p = _probabilities(logits, target, ignore_index).reshape(by_pixel)
    is_labelled = p.sum(1, keepdim=True) > 0
    q = precise(logits).softmax(1).reshape(by_pixel).where(is_labelled, 0)
    intersection = (p * q).sum(2)
    union = (p + q - p * q).sum(2)
    is_present = p.sum(2) > 0
    losses = 1 - intersection / union.where(is_present, 1)
    return losses.where(is_present, 0).sum(1) / is_present.sum(1).clamp_min(1)


def _probabilities(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    if target.is_floating_point():
        check_probabilities("soft_miou_loss", logits, target)
        return precise(target)
    check_labels("soft_miou_loss", logits, target)
    dtype = torch.promote_types(logits.dtype, torch.float32)
    return one_hot("soft_miou_loss", target, logits.shape[1], ignore_index, dtype)
