"""Barlow Twins."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import multiply
from labwork.nn.losses._checks import check_views
from labwork.nn.losses._views import off_diagonal_square_sum, vectors

__all__ = ["barlow_twins"]

_EPS = 1e-5  # that of the batch normalization in the authors' code; a constant feature gives 0


def barlow_twins(a: Tensor, b: Tensor, *, off_diagonal: float = 5e-3) -> Tensor:
    """Makes the cross-correlation of two views' embeddings the identity.

    Zbontar et al.: Barlow Twins: self-supervised learning via redundancy reduction, 2021,
    equation 1: Σ (1 - C_ii)² + λ·Σ_{i≠j} C_ij², with C of equation 2, the correlation of feature i
    of one view with feature j of the other over the batch.

    Args:
        a: embeddings of one view, (N, D), or (N, D, …), whose places count as samples.
        b: those of the other, in the same order.
        off_diagonal: λ.

    Returns:
        a scalar, since it is a property of the batch.

    Raises:
        ValueError: where the shapes differ or there are fewer than two samples.

    >>> import torch
    >>> views = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> barlow_twins(views, 3 * views + 1).round(decimals=3), barlow_twins(views, views.flip(1))
    (tensor(0.), tensor(2.0100))
    """
    check_views("barlow_twins", a, b)
    x, y = _normalize(vectors(a)), _normalize(vectors(b))
    correlation = multiply(x.T, y) / len(x)
    on_diagonal = (1 - correlation.diagonal()).square().sum()
    return on_diagonal + off_diagonal * off_diagonal_square_sum(correlation)


def _normalize(x: Tensor) -> Tensor:
    centred = x - x.mean(0)
    return centred * (centred.square().mean(0) + _EPS).rsqrt()
