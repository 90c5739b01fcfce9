"""Base distributions: what a flow maps to."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Size, Tensor, nn
from torch.distributions import Distribution

from labwork.core import ConfigError, StateError
from labwork.nn._module import Module
from labwork.nn._precision import precise

__all__ = ["BaseDistribution", "StandardNormal"]


class StandardNormal(Module):
    """Independent normal distributions of mean 0 and variance 1, of the shape that comes in.

    Shape: (N, …) to the log of the density, (N,).

    >>> normal = StandardNormal()
    >>> normal.log_prob(torch.zeros(1, 2)), normal.build((1, 2)).sample(5).shape
    (tensor([-1.8379]), torch.Size([5, 2]))
    """

    place: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("place", torch.empty(0), persistent=False)  # knows device and type
        self.shape: Size | None = None

    def setup(self, z: Tensor) -> None:
        """Notes the shape."""
        self.shape = z.shape[1:]

    def forward(self, z: Tensor) -> Tensor:
        """``log_prob(z)``."""
        return self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """The log of the density, (N,)."""
        squares = precise(z).square().flatten(1)
        return -(squares.sum(1) + squares.shape[1] * math.log(2 * math.pi)) / 2

    def sample(self, count: int, *, temperature: float = 1.0) -> Tensor:
        """Samples, (count, …), with ``temperature`` as their standard deviation.

        Raises:
            StateError: where it isn't built.
        """
        if self.shape is None:
            raise StateError(
                "StandardNormal isn't built, so the shape of a sample isn't known; build the flow"
                " first, such as flow.build((1, 3, 32, 32)), or call it once"
            )
        like = self.place
        return torch.randn(count, *self.shape, dtype=like.dtype, device=like.device) * temperature


class BaseDistribution(Module):
    """A distribution of PyTorch's, whose parameters move with the module and are saved with it.

    Args:
        distribution_f: makes the distribution of the parameters, all of whose dimensions are those
            of one sample.
        **parameters: tensors; a ``torch.nn.Parameter`` is learned.

    Shape: (N, …) to the log of the density, (N,).

    Raises:
        ConfigError: where a sample of the distribution has another shape than what comes in.

    >>> from torch.distributions import Laplace
    >>> base = BaseDistribution(Laplace, loc=torch.zeros(2), scale=torch.ones(2))
    >>> base.log_prob(torch.zeros(3, 2))
    tensor([-1.3863, -1.3863, -1.3863])
    """

    def __init__(self, distribution_f: Callable[..., Distribution], **parameters: Tensor) -> None:
        super().__init__()
        self._distribution_f = distribution_f
        self._names = tuple(parameters)
        for name, value in parameters.items():
            if isinstance(value, nn.Parameter):
                self.register_parameter(name, value)
            else:
                self.register_buffer(name, value)

    @property
    def distribution(self) -> Distribution:
        """The distribution of one sample, of the parameters as they are now."""
        parameters = {name: getattr(self, name) for name in self._names}
        # Checking values would wait for the device at each call.
        made = self._distribution_f(**parameters, validate_args=False)
        return torch.distributions.Independent(made, len(made.batch_shape), validate_args=False)

    def forward(self, z: Tensor) -> Tensor:
        """``log_prob(z)``."""
        return self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """The log of the density, (N,)."""
        distribution = self.distribution
        # While a call is traced, sizes are tensors, which can't decide anything.
        is_tracing = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        if not is_tracing and z.shape[1:] != distribution.event_shape:
            raise ConfigError(
                f"a sample of the base distribution has the shape {tuple(distribution.event_shape)}"
                f" and what comes in {tuple(z.shape[1:])}; give parameters of that shape, such as"
                f" loc=torch.zeros({tuple(z.shape[1:])})"
            )
        return distribution.log_prob(z)

    def sample(self, count: int) -> Tensor:
        """Samples, (count, …)."""
        return self.distribution.sample(Size([count]))
