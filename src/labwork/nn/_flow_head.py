"""FlowHead: a class for each Gaussian in the latent space of a flow."""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._module import Module
from labwork.nn._precision import precise

__all__ = ["FlowHead"]


class FlowHead(Module):
    """Log-densities of latents and classes together, which are scores of a classifier too.

    log p(z, y) = log π_y + log N(z; μ_y, σ²I), with learnt means and class probabilities. The
    cross-entropy of these scores makes a generative classifier; their ``logsumexp`` is log p(z),
    which with the log of a flow's change of volume is log p(x). Izmailov et al.: Semi-supervised
    learning with normalizing flows, 2020, equations 4 and 5.

    Args:
        class_count: classes to tell apart.
        std: σ of each Gaussian, above 0.

    Shape: latents (N, …) of one size to (N, class_count), in nats, in float32 at least. Distances
    are computed in float64, also under autocast, so scores have the digits that float32 has.

    >>> head = FlowHead(3)
    >>> z = torch.zeros(2, 4)
    >>> joint = head(z)
    >>> joint.shape, joint.logsumexp(1).shape
    (torch.Size([2, 3]), torch.Size([2]))
    """

    def __init__(self, class_count: int, *, std: float = 1.0) -> None:
        super().__init__()
        if std <= 0:
            raise ConfigError(f"std is above 0, not {std}")
        self.class_count, self.std = class_count, std
        self.class_logits = nn.Parameter(torch.zeros(class_count))

    def setup(self, z: Tensor) -> None:
        """Makes the means for the size of latents."""
        self.means = nn.Parameter(torch.randn(self.class_count, z[0].numel()))

    def forward(self, z: Tensor) -> Tensor:
        """The log of p(z, y) for each class y."""
        flat, means = z.flatten(1), self.means
        size = flat.shape[1] * log(2 * pi * self.std**2)
        scores = -(_squared_distances(flat, means) / self.std**2 + size) / 2
        return scores.to(precise(flat).dtype) + precise(self.class_logits).log_softmax(0)

    def extra_repr(self) -> str:
        """The arguments, as written."""
        return f"{self.class_count}, std={self.std}"


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Of each row of ``a`` from each row of ``b``, in float64.

    By products it takes a fraction of the memory and time of differences, but in float32 nothing
    is left where distances are small next to the numbers.
    """
    a, b = a.double(), b.double()
    squares = a.square().sum(1, keepdim=True) + b.square().sum(1)
    return squares - 2 * a @ b.mT
