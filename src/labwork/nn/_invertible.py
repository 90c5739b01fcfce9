"""Invertible: modules that can be called backwards, and tell how they change volume."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._module import Module

__all__ = ["Inverse", "Invertible", "check_inverse", "invertible_part"]


class Invertible(Module):
    """A bijection of tensors of shape (N, …).

    A subclass defines ``forward``, ``inverse_forward`` and ``call_and_ladj``, the last in one pass
    (as in Zuko); where the way back has a quicker one, ``inverse_and_ladj`` too.

    >>> import math, torch
    >>> class Double(Invertible):
    ...     def forward(self, x):
    ...         return 2 * x
    ...     def inverse_forward(self, y):
    ...         return y / 2
    ...     def call_and_ladj(self, x):
    ...         return 2 * x, x.new_full((len(x),), x[0].numel() * math.log(2))
    >>> double = Double()
    >>> double.inverse(torch.tensor([[4.0]])), double.inverse.inverse is double
    (tensor([[2.]]), True)
    """

    @property
    def inverse(self) -> Invertible:
        """The way back; its own inverse is this module itself.

        Raises:
            ConfigError: where a part has no inverse; it names that part.
        """
        if (part := next(self.parts_without_inverse(), None)) is not None:
            raise ConfigError(
                f"{part} has no inverse, so ROOT ({type(self).__name__}) has none; each part has"
                " to be Invertible"
            )
        return Inverse(self)

    def parts_without_inverse(self, path: str = "ROOT") -> Iterator[str]:
        """The paths, and classes, of the parts for which there is no way back."""
        return iter(())

    @abstractmethod
    def inverse_forward(self, y: Tensor) -> Tensor:
        """The ``x`` of which ``forward`` makes ``y``."""

    @abstractmethod
    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``forward(x)``, and log |det ∂y/∂x|, shape (N,)."""

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """``inverse_forward(y)``, and log |det ∂x/∂y|, shape (N,)."""
        x = self.inverse_forward(y)
        return x, -self.call_and_ladj(x)[1]


class Inverse(Invertible):
    """An invertible module the other way round; ``module.inverse`` makes it."""

    def __init__(self, module: Invertible) -> None:
        super().__init__()
        self.module = module

    @property
    def inverse(self) -> Invertible:
        return self.module

    def forward(self, y: Tensor) -> Tensor:
        """The way back."""
        return self.module.inverse_forward(y)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return self.module(y)

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.module.inverse_and_ladj(x)

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.module.call_and_ladj(y)


def invertible_part(module: nn.Module) -> Invertible:
    """``module``, if it is invertible.

    Raises:
        ConfigError: where it isn't.
    """
    if isinstance(module, Invertible):
        return module
    raise ConfigError(f"{type(module).__name__} has no inverse; it isn't Invertible")


def check_inverse(module: Invertible, x: Tensor, *, tolerance: float = 1e-5) -> float:
    """How far ``x`` comes back from ``inverse_forward(forward(x))``: the largest difference.

    Raises:
        ValueError: where that is above ``tolerance`` times the largest magnitude in ``x``, or 1.

    >>> import torch
    >>> from labwork.nn import Seq
    >>> check_inverse(Seq(), torch.ones(1, 2))
    0.0
    """
    y = module(x)
    difference = (module.inverse_forward(y) - x).abs().max().item()
    allowed = tolerance * max(1.0, x.abs().max().item())
    if not difference <= allowed:
        raise ValueError(
            f"the inverse of {type(module).__name__} is off by {difference:.3g}, which is above"
            f" {allowed:.3g}"
        )
    return difference
