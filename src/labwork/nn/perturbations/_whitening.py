"""Whitening: colours of an image made uncorrelated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn.perturbations._balls import Box
from labwork.nn.perturbations._batch_perturbation import Photometric
from labwork.nn.perturbations._distributions import Distribution

__all__ = ["Whitening"]

_STEPS = 20


class Whitening(Photometric):
    """``x + weight · (x' - x)``, where the channels of x' are uncorrelated and of one variance.

    With the mean μ and the covariance Σ of an image's channels over its pixels, and with σ² the
    mean of their variances, ``x' = μ + σ Σ^(-1/2) (x - μ)``. That is ZCA-Mahalanobis whitening of
    Kessy et al.: Optimal whitening and decorrelation, 2018, table 1, named ZCA there, the one that
    stays closest to x; mean and total variance are those of x. Σ has ``eps`` added to its diagonal.

    Args:
        eps: above 0; what has much less variance is noise that stays weak.
        init: what ``init_`` draws the weight from by default; otherwise 0 to 1.

    Shape: (N, C, …) with some pixels, such as (N, 3, H, W); the weight (N, 1, …).

    >>> x = torch.rand(2, 3, 16, 16) + torch.rand(2, 1, 16, 16)
    >>> white = Whitening(eps=1e-8, init=Box(1, 1)).reset(x).init_()(x).detach()
    >>> correlation = white[0].flatten(1).corrcoef()
    >>> bool(((correlation - torch.eye(3)).abs() < 1e-3).all())
    True
    """

    weight: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"weight": 0.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"weight": Box(0, 1)}
    shown = ("eps",)

    def __init__(
        self, eps: float = 1e-4, *, init: Distribution | Mapping[str, Distribution] | None = None
    ) -> None:
        super().__init__(init=init)
        if not eps > 0:
            raise ConfigError(f"Whitening: eps must be above 0, not {eps!r}")
        self.eps = eps

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        if x.ndim < 3:
            raise ConfigError(f"Whitening takes images (N, C, H, W), not {tuple(x.shape)}")
        return super().parameter_shape(x)

    def values(self, x: Tensor) -> Tensor:
        pixels = x.flatten(2)
        offsets = pixels - pixels.mean(2, keepdim=True)
        return x + self.weight * (self._whiten(offsets) - offsets).reshape(x.shape)

    def _whiten(self, offsets: Tensor) -> Tensor:
        identity = torch.eye(offsets.shape[1], dtype=offsets.dtype, device=offsets.device)
        covariance = offsets @ offsets.mT / offsets.shape[2] + self.eps * identity
        variance = covariance.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
        return variance.sqrt() * (_inverse_root(covariance) @ offsets)


def _inverse_root(matrices: Tensor) -> Tensor:
    """A^(-1/2) of symmetric positive matrices (N, C, C), by the coupled Newton-Schulz iteration.

    Higham: Functions of matrices, 2008, chapter 6. Unlike eigenvectors it has gradients also
    where eigenvalues are equal, and needs no word from the device.
    """
    identity = torch.eye(matrices.shape[1], dtype=matrices.dtype, device=matrices.device)
    size = matrices.diagonal(dim1=1, dim2=2).sum(1)[:, None, None]  # no eigenvalue is above it
    root, inverse = matrices / size, identity
    for _ in range(_STEPS):
        step = 1.5 * identity - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return inverse * size.rsqrt()
