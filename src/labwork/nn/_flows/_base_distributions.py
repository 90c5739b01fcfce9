"""Base distributions: what a flow maps to."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Size, Tensor, nn
from torch.distributions import Distribution

from labwork.core import ConfigError, StateError
from labwork.nn._module import Module
from labwork.nn._precision import precise, without_autocast
from labwork.nn._seeded import seeded

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

    def sample(
        self, count: int, *, temperature: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Samples, (count, …).

        Args:
            count: how many.
            temperature: their standard deviation. Below 1, samples are more likely and less
                diverse; Kingma and Dhariwal: Glow, 2018, section 6, have 0.7.
            generator: what draws; None for PyTorch's own.

        Raises:
            StateError: where it isn't built.
        """
        if self.shape is None:
            raise StateError(
                "StandardNormal isn't built, so the shape of a sample isn't known; build the flow"
                " first, such as flow.build((1, 3, 32, 32)), or call it once"
            )
        like, device = self.place, self.place.device if generator is None else generator.device
        drawn = torch.randn(
            count, *self.shape, dtype=like.dtype, device=device, generator=generator
        )
        return drawn.to(like.device) * temperature


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
        """The distribution of one sample, of the parameters as they are, in float32 at least."""
        precisely = {name: precise(value) for name, value in self._given().items()}
        # Checking values would wait for the device at each call.
        made = self._distribution_f(**precisely, validate_args=False)
        return torch.distributions.Independent(made, len(made.batch_shape), validate_args=False)

    def forward(self, z: Tensor) -> Tensor:
        """``log_prob(z)``."""
        return self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        """The log of the density, (N,)."""
        with without_autocast(z):
            return self._log_prob(precise(z))

    def _log_prob(self, z: Tensor) -> Tensor:
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

    def sample(
        self, count: int, *, temperature: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Samples, (count, …).

        Args:
            count: how many.
            temperature: what differences from the mean are multiplied by; see ``StandardNormal``.
            generator: what a seed is drawn from; None for the state of PyTorch's own generators.

        Raises:
            ConfigError: for a temperature other than 1, where the distribution has no mean.
        """
        distribution = self.distribution
        with nullcontext() if generator is None else seeded(_seed(generator)):
            drawn = distribution.sample(Size([count]))
        if temperature != 1:
            mean = distribution.mean
            drawn = mean + temperature * (drawn - mean)
            if not (mean.is_meta or mean.isfinite().all()):
                raise ConfigError(
                    f"the base distribution has no mean, about which to draw with a"
                    f" temperature of {temperature}; leave the temperature at 1"
                )
        narrow = [p.dtype for p in self._given().values() if p.dtype != precise(p).dtype]
        return drawn.to(narrow[0]) if narrow and drawn.is_floating_point() else drawn

    def _given(self) -> dict[str, Tensor]:
        return {name: getattr(self, name) for name in self._names}


def _seed(generator: torch.Generator) -> int:
    drawn = torch.randint(2**63 - 1, (), generator=generator, device=generator.device)
    return int(drawn)
