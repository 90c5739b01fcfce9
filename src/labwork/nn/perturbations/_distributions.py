"""Distributions that parameters are drawn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn.perturbations._draws import normal

__all__ = ["Distribution", "Normal", "check_size"]


class Distribution(ABC):
    """What parameters of shape (N, …) can be drawn from, each sample's independently."""

    @abstractmethod
    def sample(
        self, like: Tensor, center: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Random values of the shape and the type of ``like``.

        Args:
            like: (N, …).
            center: the value that stands for no perturbation.
            generator: what they are drawn from, of any device; by default PyTorch's own.
        """


@final
@dataclass(frozen=True)
class Normal(Distribution):
    """The normal distribution about the value that stands for no perturbation.

    Args:
        std: the standard deviation, 0 or more.

    >>> Normal(0.1).sample(torch.zeros(1000), center=1.0).sub(1).abs().max() < 1
    tensor(True)
    """

    std: float

    def __post_init__(self) -> None:
        check_size(self, std=self.std)

    def sample(
        self, like: Tensor, center: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        return (center + self.std * normal(like, generator)).to(like.dtype)


def check_size(owner: object, **arguments: float) -> None:
    """Makes sure that each argument is 0 or more.

    Raises:
        ConfigError: where one isn't.
    """
    for name, value in arguments.items():
        if not value >= 0:
            raise ConfigError(f"{type(owner).__name__}: {name} must be 0 or more, not {value!r}")
