"""NormalizingFlow: a density, by a bijection to one that is known."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._flows._base_distributions import StandardNormal
from labwork.nn._invertible import Invertible, invertible_part
from labwork.nn._module import Module

__all__ = ["NormalizingFlow"]


class NormalizingFlow(Module):
    """log p(x) = log p_base(z) + log |det ∂z/∂x| with z = transform(x).

    Papamakarios et al.: Normalizing flows for probabilistic modeling and inference, 2021,
    equation 4.

    Args:
        transform: from data to latent variables.
        base: their distribution: a module that gives the log of the density, (N,), and has
            ``sample(count)``, such as a ``BaseDistribution``; by default normal.

    Shape: (N, …) to the log of the density, (N,).

    Raises:
        ConfigError: where a part of ``transform`` has no inverse, where ``base`` is no such module,
            or, in a call, where it gives another shape than (N,).

    >>> from labwork.nn import AffineCoupling, PermuteChannels, Seq
    >>> flow = NormalizingFlow(Seq(AffineCoupling(), PermuteChannels("reverse"), AffineCoupling()))
    >>> flow.log_prob(torch.zeros(3, 2)).shape, flow.sample(5).shape
    (torch.Size([3]), torch.Size([5, 2]))
    """

    def __init__(self, transform: Invertible, base: nn.Module | None = None) -> None:
        super().__init__()
        _check_parts(transform, base)
        self.transform = transform
        self.base: Any = StandardNormal() if base is None else base

    def forward(self, x: Tensor) -> Tensor:
        """``log_prob(x)``."""
        z, ladj = self.transform.call_and_ladj(x)
        log_prob = self.base(z)
        if log_prob.ndim != 1:  # not shapes, which can't be compared while a call is traced
            raise ConfigError(
                f"the base distribution gives {tuple(log_prob.shape)} for {tuple(z.shape)}; it has"
                f" to give a number for each sample, {tuple(ladj.shape)}"
            )
        return log_prob + ladj

    def log_prob(self, x: Tensor) -> Tensor:
        """The log of the density, (N,)."""
        return self(x)

    @torch.no_grad()
    def sample(self, count: int, **options: Any) -> Tensor:
        """Samples, (count, …).

        Args:
            count: how many.
            **options: for the base distribution, such as ``temperature=0.7`` and ``generator``.

        Raises:
            StateError: where it isn't built.
        """
        return self.transform.inverse_forward(self.base.sample(count, **options))


def _check_parts(transform: Invertible, base: nn.Module | None) -> None:
    part = next(invertible_part(transform).parts_without_inverse("transform"), None)
    if part is not None:
        raise ConfigError(f"{part} has no inverse, so NormalizingFlow can't map by it")
    if base is not None and not (isinstance(base, nn.Module) and hasattr(base, "sample")):
        raise ConfigError(
            "the base of a NormalizingFlow is a module with a method sample(count), such as"
            " BaseDistribution(Normal, loc=torch.zeros(2), scale=torch.ones(2)), not"
            f" {type(base).__name__}"
        )
