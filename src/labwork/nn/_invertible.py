"""Invertible: modules that can be called backwards, and tell how they change volume."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._built import is_built
from labwork.nn._module import Module
from labwork.nn._precision import precise
from labwork.nn._unbuilt_calls import prepare_methods, unbuilt

__all__ = [
    "Inverse",
    "Invertible",
    "VolumePreserving",
    "check_inverse",
    "gradients",
    "invertible_part",
]


class Invertible(Module):
    """A bijection of tensors of shape (N, …).

    A subclass defines ``forward``, ``inverse_forward`` and ``call_and_ladj``, the last in one pass
    (as in Zuko) and with the log of the volume change in float32 at least; where the way back has
    a quicker one, ``inverse_and_ladj`` too. The first call of ``call_and_ladj`` builds the module,
    as that of the module itself does.

    >>> import math, torch
    >>> class Double(Invertible):
    ...     def forward(self, x):
    ...         return 2 * x
    ...     def inverse_forward(self, y):
    ...         return y / 2
    ...     def call_and_ladj(self, x):
    ...         return 2 * x, x.new_full((x.shape[0],), x[0].numel() * math.log(2))
    >>> double = Double()
    >>> double.inverse(torch.tensor([[4.0]])), double.inverse.inverse is double
    (tensor([[2.]]), True)
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        prepare_methods(cls)

    @property
    def inverse(self) -> Invertible:
        """The way back; its own inverse is this module itself.

        Raises:
            ConfigError: where a part has no inverse; it names that part.
            StateError: where it isn't built: sizes are inferred on the way there only.
        """
        if (part := next(self.parts_without_inverse(), None)) is not None:
            raise ConfigError(
                f"{part} has no inverse, so ROOT ({type(self).__name__}) has none; each part has"
                " to be Invertible"
            )
        if not is_built(self):
            raise unbuilt(self)
        kept: Inverse | None = vars(self).get("_inverse")
        if kept is None or kept.module is not self:  # a part of a Seq is given what the whole has
            kept = vars(self)["_inverse"] = Inverse(self)
        kept.training = self.training
        return kept

    def parts_without_inverse(self, path: str = "ROOT") -> Iterator[str]:
        """The paths, and classes, of the parts for which there is no way back."""
        return iter(())

    def __dir__(self) -> list[str]:
        # torch.jit.trace gets every attribute that is listed, so one that raises mustn't be.
        has_inverse = is_built(self) and next(self.parts_without_inverse(), None) is None
        names: list[str] = super().__dir__()  # type: ignore[no-untyped-call]
        return [name for name in names if has_inverse or name != "inverse"]

    @abstractmethod
    def inverse_forward(self, y: Tensor) -> Tensor:
        """The ``x`` of which ``forward`` makes ``y``."""
        raise _undefined(self, "inverse_forward")

    @abstractmethod
    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``forward(x)``, and log |det ∂y/∂x|, shape (N,)."""
        raise _undefined(self, "call_and_ladj")

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """``inverse_forward(y)``, and log |det ∂x/∂y|, shape (N,)."""
        x = self.inverse_forward(y)
        return x, -self.call_and_ladj(x)[1]

    def inverse_and_gradients(
        self,
        y: Tensor,
        grad_y: Tensor,
        grad_ladj: Tensor | None,
        parameters: Sequence[Tensor],
    ) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        """The backward pass of what gave ``y``, with nothing kept of that.

        Args:
            y: what ``forward`` gave.
            grad_y: the gradient with respect to it, of its shape.
            grad_ladj: that with respect to the log of the volume change, (N,); None where that
                wasn't computed.
            parameters: those whose gradients are wanted.

        Returns:
            ``inverse_forward(y)``, the gradient with respect to it, and those with respect to the
            parameters, None for one that isn't used.
        """
        with torch.no_grad():
            x = self.inverse_forward(y)
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            outs = (self(x),) if grad_ladj is None else self.call_and_ladj(x)
        grad_x, *grads = gradients(outs, (grad_y, grad_ladj), (x, *parameters))
        assert grad_x is not None
        return x.detach(), grad_x, tuple(grads)


class VolumePreserving(Invertible):
    """A bijection that only moves numbers to other places."""

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self(x), precise(x.new_zeros(x.shape[0]))

    def inverse_and_ladj(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse_forward(y), precise(y.new_zeros(y.shape[0]))


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


def _undefined(module: Invertible, method: str) -> NotImplementedError:
    # PyTorch's modules have no metaclass that would refuse to make one.
    return NotImplementedError(f"{type(module).__name__} doesn't define {method}")


def gradients(
    outs: Sequence[Tensor], grads: Sequence[Tensor | None], inputs: Sequence[Tensor]
) -> tuple[Tensor | None, ...]:
    """The gradients with respect to ``inputs``, given those with respect to ``outs``.

    An output that depends on none of them is left out.
    """
    pairs = [(o, g) for o, g in zip(outs, grads, strict=False) if o.requires_grad]
    used, given = zip(*pairs, strict=True)
    return torch.autograd.grad(used, inputs, given, allow_unused=True)


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
