"""BatchPerturbation: a perturbation that is no composition, and has parameters itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, StateError
from labwork.nn._precision import precise
from labwork.nn.perturbations._distributions import Distribution
from labwork.nn.perturbations._perturbation import Given, Perturbation

__all__ = ["BatchPerturbation", "Photometric"]


class BatchPerturbation(Perturbation):
    """A perturbation with parameters of its own.

    A subclass says which there are (``defaults``), of which shape, and what is done with them
    (``change``).

    Args:
        init: what ``init_`` draws parameters from by default, for all or by name.
    """

    usual: ClassVar[Mapping[str, Distribution] | None] = None
    """What parameters are drawn from where nobody says anything."""

    shown: ClassVar[tuple[str, ...]] = ()
    """The names of the arguments that the repr shows."""

    def __init__(self, *, init: Given[Distribution] | None = None) -> None:
        super().__init__()
        self.init = self.usual if init is None else init

    @abstractmethod
    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        """The shape (N, …) of each parameter for ``x``."""

    @abstractmethod
    def change(
        self, x: Tensor, y: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """The changed arguments."""

    def setup(self, x: Tensor, y: Tensor | None = None, mask: Tensor | None = None) -> None:
        shape = self.parameter_shape(x)
        for name, value in self.defaults.items():
            self.register_parameter(name, nn.Parameter(torch.full(shape, value)))

    def forward(self, x: Tensor, y: Tensor | None = None, mask: Tensor | None = None) -> Any:
        self._check(x)
        with _without_autocast(x.device):  # places in half precision are pixels away
            new, *others = self.change(x, y, mask)
        rest = [other for other in others if other is not None]
        return (new, *rest) if rest else new

    def reset_own(self, x: Tensor) -> None:
        self.to(x.device)
        if not self._is_built:
            self.build(x)
        shape = self.parameter_shape(x)
        for name, value in self.defaults.items():
            old = getattr(self, name)
            if old.shape == shape:
                old.data.fill_(value)
                old.grad = None
            else:
                new = torch.full(shape, value, dtype=old.dtype, device=x.device)
                setattr(self, name, nn.Parameter(new, old.requires_grad))

    def extra_repr(self) -> str:
        """The arguments, as written."""
        names = [*self.shown, *(["init"] if self.init is not self.usual else [])]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names)

    def _check(self, x: Tensor) -> None:
        if not x.is_floating_point():
            raise ConfigError(
                f"{type(self).__name__} takes floating point, not {x.dtype}; for images of 8 bits:"
                " x.float() / 255"
            )
        expected = self.parameter_shape(x)
        for name in self.defaults:
            if (shape := getattr(self, name).shape) != expected:
                raise StateError(
                    f"{type(self).__name__}: {name} is {tuple(shape)}, and for an input"
                    f" {tuple(x.shape)} it must be {expected}; model.reset(x) makes it for x"
                )


def _without_autocast(device: torch.device) -> AbstractContextManager[None]:
    is_meta = device.type == "meta"  # while it is being built
    return nullcontext() if is_meta else torch.autocast(device.type, enabled=False)


class Photometric(BatchPerturbation):
    """A perturbation of values; labels and masks stay as they are.

    A subclass defines ``values``, ``defaults``, and ``parameter_shape`` where parameters aren't one
    number for each sample.
    """

    @abstractmethod
    def values(self, x: Tensor) -> Tensor:
        """The changed ``x``, which is float32 at least whatever the input is."""

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        """One number for each sample: (N, 1, …)."""
        return (len(x), *[1] * (x.ndim - 1))

    def change(
        self, x: Tensor, y: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        return self.values(precise(x)).to(x.dtype), y, mask
