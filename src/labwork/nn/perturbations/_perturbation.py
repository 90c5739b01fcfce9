"""Perturbation: a module that changes a batch, with parameters for each sample of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, unknown_name
from labwork.nn._module import Module
from labwork.nn.perturbations._balls import Ball
from labwork.nn.perturbations._distributions import Distribution

__all__ = ["Given", "Perturbation"]

T = TypeVar("T", bound=Distribution)
Given: TypeAlias = T | Mapping[str, T]
"""One for all parameters, or one each by their names."""


class Perturbation(Module):
    """Changes a batch of inputs, and with them labels and masks.

    Its parameters are (N, …), with values for each sample of the batch of N that they are made for;
    at first those that change nothing. The first call makes them, or ``build``, and ``reset``
    makes them for another batch. They are ordinary parameters, so that optimizers find them.

    Args of a call:
        x: inputs (N, …), such as images (N, C, H, W), floating point.
        y: labels: of samples, (N,) or (N, K), or of pixels, (N, H, W) or (N, K, H, W).
        mask: which pixels count, (N, H, W).

    A call gives what it is given, in this order: ``x``, or ``(x, y)``, ``(x, mask)`` or
    ``(x, y, mask)``. Where pixels move, those of all three do: of floating point with bilinear
    interpolation and 0 outside; whole numbers, such as classes, from the nearest pixel, -1 outside;
    and bool from the nearest pixel, False outside.

    >>> from labwork.nn.perturbations import Additive, LInfBall
    >>> x = torch.rand(4, 3, 8, 8)
    >>> model = Additive().build(x).init_(LInfBall(8 / 255))
    >>> bool((model(x) - x).abs().max() <= 8.001 / 255), model.addend.shape
    (True, torch.Size([4, 3, 8, 8]))
    """

    defaults: ClassVar[Mapping[str, float]] = {}
    """The names of the module's own parameters, and the values of them that change nothing."""

    init: Given[Distribution] | None = None
    """What ``init_`` draws the module's own parameters from where it isn't told."""

    @abstractmethod
    def forward(self, x: Tensor, y: Tensor | None = None, mask: Tensor | None = None) -> Any:
        """The changed ``x``, and ``y`` and ``mask`` where they are given."""

    def reset(self, x: Tensor) -> Self:
        """Makes all parameters, here and below, be those for ``x`` that change nothing.

        They come to the device of ``x``. A parameter whose shape doesn't change stays the same
        object, without gradient, so that an optimizer can go on with it.

        Args:
            x: a batch that is to be changed, (N, …).

        Returns:
            the module itself.
        """
        for _, part in self._parts():
            part.reset_own(x)
        return self

    def reset_own(self, x: Tensor) -> None:
        """What ``reset`` does to the module itself."""

    @torch.no_grad()
    def init_(
        self,
        distribution: Given[Distribution] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Self:
        """Draws parameters at random, independently for each sample.

        Args:
            distribution: for all parameters, or by the names that ``named_parameters`` gives; a
                ball stands for its uniform distribution. By default each part has its own.
            generator: what random numbers are drawn from; by default PyTorch's own.

        Returns:
            the module itself.

        Raises:
            ConfigError: where a name isn't known, or a part has no distribution of its own.
            StateError: where it isn't built.
        """
        places = self._places()
        given = self._own() if distribution is None else _by_name(distribution, places)
        for name, chosen in given.items():
            parameter, center = places[name]
            parameter.copy_(chosen.sample(parameter, center, generator))
        return self

    @torch.no_grad()
    def project_(self, ball: Given[Ball]) -> Self:
        """Projects parameters onto a ball about the values that change nothing.

        Args:
            ball: for each parameter, or by the names that ``named_parameters`` gives.

        Returns:
            the module itself.

        Raises:
            ConfigError: where a name isn't known.
            StateError: where it isn't built.
        """
        places = self._places()
        for name, chosen in _by_name(ball, places).items():
            parameter, center = places[name]
            parameter.copy_(chosen.project(parameter, center))
        return self

    def _parts(self) -> Iterator[tuple[str, Perturbation]]:
        for path, module in self.named_modules():
            if isinstance(module, Perturbation):
                yield f"{path}." if path else "", module

    def _places(self) -> dict[str, tuple[nn.Parameter, float]]:
        """Parameters by their names, with the values that change nothing."""
        parameters = dict(self.named_parameters())
        defaults = {p + n: value for p, part in self._parts() for n, value in part.defaults.items()}
        return {name: (parameters[name], value) for name, value in defaults.items()}

    def _own(self) -> dict[str, Distribution]:
        """What each part draws its parameters from."""
        return {
            prefix + name: chosen
            for prefix, part in self._parts()
            if part.defaults
            for name, chosen in part.own_distributions(prefix).items()
        }

    def own_distributions(self, prefix: str = "") -> dict[str, Distribution]:
        """What the module's own parameters are drawn from by default, by name.

        Raises:
            ConfigError: where that isn't known; ``prefix`` tells where it stands.
        """
        if self.init is None:
            place = (
                f"{prefix.rstrip('.')} ({type(self).__name__})" if prefix else type(self).__name__
            )
            raise ConfigError(
                f"{place} has no distribution of its own to draw parameters from; give one, such as"
                " init_(LInfBall(0.1)), or make it with init=LInfBall(0.1)"
            )
        return _by_name(self.init, self.defaults)


def _by_name(given: Given[T], names: Mapping[str, Any]) -> dict[str, T]:
    if not isinstance(given, Mapping):
        return dict.fromkeys(names, given)
    for name in given:
        if name not in names:
            raise unknown_name("parameter", name, names)
    return {name: given[name] for name in names if name in given}
