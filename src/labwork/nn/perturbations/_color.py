"""Perturbations of colour: Contrast, Saturation, Bleaching, HSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from labwork.nn.perturbations._balls import Box
from labwork.nn.perturbations._batch_perturbation import Photometric
from labwork.nn.perturbations._colors import from_hsv, grey, to_hsv
from labwork.nn.perturbations._distributions import Distribution

__all__ = ["HSV", "Bleaching", "Contrast", "Saturation"]


class Contrast(Photometric):
    """``m + factor · (x - m)``, m the mean of the image's grey, 0.299 R + 0.587 G + 0.114 B.

    Args:
        init: what ``init_`` draws the factor from by default; otherwise 0.5 to 1.5.

    Shape: (N, 3, H, W), or grey, (N, 1, H, W); the factor (N, 1, 1, 1).

    >>> import torch
    >>> x = torch.tensor([0.25, 0.75]).reshape(1, 1, 1, 2)
    >>> Contrast(init=Box(0.5, 0.5)).reset(x).init_()(x).flatten().detach()
    tensor([0.3750, 0.6250])
    """

    factor: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"factor": 1.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"factor": Box(0.5, 1.5)}

    def values(self, x: Tensor) -> Tensor:
        mean = grey(x).mean((1, 2, 3), keepdim=True)
        return mean + self.factor * (x - mean)


class Saturation(Photometric):
    """``g + factor · (x - g)``, g the pixel's grey, 0.299 R + 0.587 G + 0.114 B.

    Args:
        init: what ``init_`` draws the factor from by default; otherwise 0.5 to 1.5.

    Shape: (N, 3, H, W), or grey, (N, 1, H, W), which stays; the factor (N, 1, 1, 1).

    >>> import torch
    >>> x = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> Saturation(init=Box(0, 0)).reset(x).init_()(x).flatten().detach()
    tensor([0.2990, 0.2990, 0.2990])
    """

    factor: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"factor": 1.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"factor": Box(0.5, 1.5)}

    def values(self, x: Tensor) -> Tensor:
        greys = grey(x)
        return greys + self.factor * (x - greys)


class Bleaching(Photometric):
    """``(1 - weight) x + weight``: towards white.

    Args:
        init: what ``init_`` draws the weight from by default; otherwise 0 to 0.5.

    Shape: (N, …), in [0, 1]; the weight (N, 1, …).

    >>> import torch
    >>> x = torch.tensor([[0.0, 0.5, 1.0]])
    >>> Bleaching(init=Box(0.5, 0.5)).reset(x).init_()(x).detach()
    tensor([[0.5000, 0.7500, 1.0000]])
    """

    weight: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"weight": 0.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"weight": Box(0, 0.5)}

    def values(self, x: Tensor) -> Tensor:
        return x + self.weight * (1 - x)


class HSV(Photometric):
    """Changes hue, saturation and value.

    - hue: ``h + hue``, 1 being all around the circle of colours
    - saturation: ``saturation · s``, cut to [0, 1]
    - value: ``value · (v + brightness)``, cut to [0, 1]

    It is the photometric part of Grubišić et al.: A baseline for semi-supervised learning of
    efficient semantic segmentation models, 2021, without the random order of channels.

    Args:
        init: what ``init_`` draws parameters from by default; otherwise ``hue`` from -0.1 to 0.1,
            ``saturation`` and ``value`` from 0.25 to 2, ``brightness`` from -0.25 to 0.25.

    Shape: (N, 3, H, W), in [0, 1], which it stays in; each parameter (N, 1, 1, 1).

    >>> import torch
    >>> x = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> model = HSV().reset(x).init_({"hue": Box(1 / 3, 1 / 3)})
    >>> model(x).flatten().detach().round(decimals=3)
    tensor([0., 1., 0.])
    """

    hue: Tensor
    saturation: Tensor
    value: Tensor
    brightness: Tensor
    defaults: ClassVar[Mapping[str, float]] = {
        "hue": 0.0,
        "saturation": 1.0,
        "value": 1.0,
        "brightness": 0.0,
    }
    usual: ClassVar[Mapping[str, Distribution] | None] = {
        "hue": Box(-0.1, 0.1),
        "saturation": Box(0.25, 2),
        "value": Box(0.25, 2),
        "brightness": Box(-0.25, 0.25),
    }

    def values(self, x: Tensor) -> Tensor:
        hue, saturation, value = to_hsv(x)
        return from_hsv(
            hue + self.hue,
            (saturation * self.saturation).clamp(0, 1),
            ((value + self.brightness) * self.value).clamp(0, 1),
        )
