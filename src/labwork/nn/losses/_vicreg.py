"""VICReg."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from labwork.nn._precision import multiply
from labwork.nn.losses._checks import check_views
from labwork.nn.losses._views import off_diagonal_square_sum, vectors

__all__ = ["vicreg"]

_EPS = 1e-4  # ε of equation 2


def vicreg(
    a: Tensor,
    b: Tensor,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    least_deviation: float = 1.0,
) -> Tensor:
    """Variance, invariance and covariance regularization of two views' embeddings.

    Bardes et al.: VICReg: variance-invariance-covariance regularization for self-supervised
    learning, 2022, equation 6: λ·s(Z, Z') + μ·(v(Z) + v(Z')) + ν·(c(Z) + c(Z')). Here, as in
    algorithm 1, s is the mean of the squared differences, over features too; v is the mean of
    max(0, γ - deviation) over features (equation 1), and c the sum of the squared covariances of
    different features by the number of features (equation 4).

    Args:
        a: embeddings of one view, (N, D), or (N, D, …), whose places count as samples.
        b: those of the other, in the same order.
        invariance: λ.
        variance: μ.
        covariance: ν.
        least_deviation: γ.

    Returns:
        a scalar, since it is a property of the batch.

    Raises:
        ValueError: where the shapes differ or there are fewer than two samples.

    >>> import torch
    >>> views = 2 * torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> vicreg(views, views), vicreg(views, views + 1), vicreg(0 * views, 0 * views)
    (tensor(0.), tensor(25.), tensor(49.5000))
    """
    check_views("vicreg", a, b)
    x, y = vectors(a), vectors(b)
    spread = _lack_of_deviation(x, least_deviation) + _lack_of_deviation(y, least_deviation)
    shared = _covariance(x) + _covariance(y)
    return invariance * F.mse_loss(x, y) + variance * spread + covariance * shared


def _lack_of_deviation(x: Tensor, least: float) -> Tensor:
    return (least - (x.var(0) + _EPS).sqrt()).relu().mean()


def _covariance(x: Tensor) -> Tensor:
    centred = x - x.mean(0)
    covariance = multiply(centred.T, centred) / (len(x) - 1)
    return off_diagonal_square_sum(covariance) / x.shape[1]
