"""The divergence of Gaussians with deviation 1."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_layout, check_same_shape

__all__ = ["unit_gaussian_kl"]


def unit_gaussian_kl(mean: Tensor, target_mean: Tensor) -> Tensor:
    """The divergence of Gaussians with deviation 1 in each dimension: ½·|q - p|².

    It is the same in both directions. Esser et al.: A variational U-Net for conditional appearance
    and shape generation, 2018, sums it over the stages.

    Args:
        mean: that of the approximating one, (N, D, …).
        target_mean: that of the other.

    Returns:
        nats for each sample, (N,).

    Raises:
        ValueError: where they aren't of one shape (N, D, …).

    >>> import torch
    >>> unit_gaussian_kl(torch.ones(2, 8, 1, 1), torch.zeros(2, 8, 1, 1))
    tensor([4., 4.])
    """
    check_layout("unit_gaussian_kl", "mean", mean, "(N, D, …)")
    check_same_shape("unit_gaussian_kl", "mean", mean, "target_mean", target_mean)
    return (precise(mean) - precise(target_mean)).square().flatten(1).sum(1) / 2
