"""Perturbations of numbers each by itself: Additive, Multiplicative, Modulo, Gamma."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from labwork.core import ConfigError, suggestion
from labwork.nn.perturbations._balls import Box
from labwork.nn.perturbations._batch_perturbation import Photometric
from labwork.nn.perturbations._distributions import Distribution
from labwork.nn.perturbations._perturbation import Given

__all__ = ["Additive", "Gamma", "Modulo", "Multiplicative"]

Per = Literal["element", "channel", "pixel", "sample"]


class Elementwise(Photometric):
    """A perturbation whose parameters are shared by more or fewer numbers of a sample.

    Args:
        per: what has a parameter value of its own: each ``"element"``, (N, C, H, W); each
            ``"channel"``, (N, C, 1, 1); each ``"pixel"``, (N, 1, H, W); each ``"sample"``,
            (N, 1, 1, 1).
        init: what ``init_`` draws the parameter from by default.

    Shape: (N, …); beyond the channels in dimension 1 there may be any number of dimensions.
    """

    shown: ClassVar[tuple[str, ...]] = ("per",)

    def __init__(self, per: Per = "element", *, init: Given[Distribution] | None = None) -> None:
        super().__init__(init=init)
        if per not in get_args(Per):
            hint = suggestion(per, get_args(Per))
            raise ConfigError(
                f"{type(self).__name__}: per must be one of {', '.join(map(repr, get_args(Per)))},"
                f" not {per!r}{hint}"
            )
        self.per = per

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        count, *sizes = x.shape
        channels = sizes[:1] if self.per in ("element", "channel") else [1] * len(sizes[:1])
        pixels = sizes[1:] if self.per in ("element", "pixel") else [1] * len(sizes[1:])
        return (count, *channels, *pixels)


class Additive(Elementwise):
    """``x + addend``.

    With one number for each element, in a norm ball, it is the perturbation of most adversarial
    examples: Szegedy et al.: Intriguing properties of neural networks, 2014.

    Args:
        per: what has an addend of its own: ``"element"``, ``"channel"``, ``"pixel"``, ``"sample"``.
        init: what ``init_`` draws it from by default.

    Shape: (N, …).

    >>> Additive("channel").build((4, 3, 8, 8)).addend.shape
    torch.Size([4, 3, 1, 1])
    """

    addend: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"addend": 0.0}

    def values(self, x: Tensor) -> Tensor:
        return x + self.addend


class Multiplicative(Elementwise):
    """``x · factor``.

    Args:
        per: what has a factor of its own: ``"element"``, ``"channel"``, ``"pixel"``, ``"sample"``.
        init: what ``init_`` draws it from by default.

    Shape: (N, …).

    >>> model = Multiplicative("sample", init=Box(2, 2)).reset(torch.ones(2, 3)).init_()
    >>> model(torch.ones(2, 3))
    tensor([[2., 2., 2.],
            [2., 2., 2.]], grad_fn=<MulBackward0>)
    """

    factor: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"factor": 1.0}

    def values(self, x: Tensor) -> Tensor:
        return x * self.factor


class Modulo(Elementwise):
    """``(x + addend) mod period``, in [0, period), such as for angles.

    What leaves at one end comes in at the other; where x is in [0, period), an addend of 0 changes
    nothing. In half precision, what is just below the period may be rounded to it.

    Args:
        per: what has an addend of its own: ``"element"``, ``"channel"``, ``"pixel"``, ``"sample"``.
        period: above 0.
        init: what ``init_`` draws it from by default; otherwise all around.

    Shape: (N, …).

    >>> x = torch.tensor([[0.25, 0.75]])
    >>> Modulo("sample", init=Box(0.5, 0.5)).reset(x).init_()(x).detach()
    tensor([[0.7500, 0.2500]])
    """

    addend: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"addend": 0.0}
    shown: ClassVar[tuple[str, ...]] = ("per", "period")

    def __init__(
        self,
        per: Per = "element",
        *,
        period: float = 1.0,
        init: Given[Distribution] | None = None,
    ) -> None:
        if not period > 0:
            raise ConfigError(f"Modulo: period must be above 0, not {period!r}")
        super().__init__(per, init=Box(0, period) if init is None else init)
        self.period = period

    def values(self, x: Tensor) -> Tensor:
        wrapped = (x + self.addend).remainder(self.period)
        return wrapped.where(wrapped < self.period, 0)  # what is just below 0 is rounded to it


class Gamma(Elementwise):
    """``x^gamma`` where x is above 0; elsewhere x stays.

    Args:
        per: what has an exponent of its own: ``"element"``, ``"channel"``, ``"pixel"``,
            ``"sample"``.
        init: what ``init_`` draws the exponent from by default; otherwise 0.5 to 2.

    Shape: (N, …), in [0, 1], which it stays in.

    >>> x = torch.tensor([[0.0, 0.5, 1.0]])
    >>> Gamma(init=Box(2, 2)).reset(x).init_()(x).detach()
    tensor([[0.0000, 0.2500, 1.0000]])
    """

    gamma: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"gamma": 1.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"gamma": Box(0.5, 2)}

    def __init__(self, per: Per = "sample", *, init: Given[Distribution] | None = None) -> None:
        super().__init__(per, init=init)

    def values(self, x: Tensor) -> Tensor:
        # Gradients of powers of 0 may be infinite, and those times 0 are NaN.
        positive = x.clamp_min(torch.finfo(x.dtype).tiny)
        return (positive**self.gamma).where(x > 0, x)
