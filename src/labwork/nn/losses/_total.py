"""Sums of losses whose weights may change with time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

from torch import Tensor

from labwork.core import ConfigError, unknown_name
from labwork.nn.losses._checks import check_same_shape

__all__ = ["Ramp", "weighted_total"]


@dataclass(frozen=True)
class Ramp:
    """A number that goes from one value to another, linearly with the step.

    Args:
        start_step: the last step with the value ``start``.
        end_step: the first step with the value ``end``; later than ``start_step``.
        start: the value before.
        end: the value after.

    Raises:
        ConfigError: where it ends before it starts.

    >>> [Ramp(2000, 3500)(step) for step in (0, 2000, 2750, 3500, 9999)]
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """

    start_step: int
    end_step: int
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if not self.start_step < self.end_step:
            raise ConfigError(f"end_step must be after start_step, which {self} doesn't have so")

    def __call__(self, step: int) -> float:
        """The value at a step."""
        way = (step - self.start_step) / (self.end_step - self.start_step)
        return self.start + (self.end - self.start) * min(max(way, 0.0), 1.0)


def weighted_total(
    losses: Mapping[str, Tensor],
    weights: Mapping[str, float | Callable[[int], float]],
    step: int = 0,
) -> Tensor:
    """Σ weight·loss.

    Args:
        losses: by name, all of one shape, such as (N,).
        weights: by the same names; numbers, or functions of the step such as ``Ramp``.
        step: where training is.

    Returns:
        the sum, with the shape of the losses.

    Raises:
        ConfigError: where a loss has no weight or a weight no loss.
        ValueError: where the shapes differ.

    >>> import torch
    >>> losses = {"color_l1": torch.tensor([1.0, 2.0]), "kl": torch.tensor([8.0, 8.0])}
    >>> weighted_total(losses, {"color_l1": 0.5, "kl": Ramp(0, 100)}, step=25)
    tensor([2.5000, 3.0000])
    """
    for name in weights:
        if name not in losses:
            raise unknown_name("loss", name, losses, "weights")
    lacking = [name for name in losses if name not in weights]
    if lacking or not losses:
        raise ConfigError(
            f"each loss must have a weight, and there must be one; without: {lacking}"
        )
    first, *others = losses
    for name in others:
        check_same_shape("weighted_total", first, losses[first], name, losses[name])
    return reduce(add, (_value(weights[name], step) * loss for name, loss in losses.items()))


def _value(weight: float | Callable[[int], float], step: int) -> float:
    return weight(step) if callable(weight) else weight
