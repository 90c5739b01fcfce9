"""Warp, SmoothWarp: a displacement for each pixel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn._precision import precise
from labwork.nn.perturbations._balls import Box
from labwork.nn.perturbations._distributions import Distribution
from labwork.nn.perturbations._geometric import Geometric
from labwork.nn.perturbations._moving import check_images
from labwork.nn.perturbations._perturbation import Given

__all__ = ["SmoothWarp", "Warp"]


class Warp(Geometric):
    """Each pixel p gets the value at p + displacement(p).

    Xiao et al.: Spatially transformed adversarial examples, 2018, section 3.

    Args:
        init: what ``init_`` draws displacements from by default.

    Shape: (N, C, H, W); the displacement (N, 2, H, W), in pixels, x before y, to the right and
    down.

    >>> x = torch.tensor([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    >>> model = Warp().reset(x)
    >>> _ = model.displacement.data[:, 0].fill_(1)
    >>> model(x, torch.tensor([[[0, 1, 2]]]))[1]
    tensor([[[ 1,  2, -1]]])
    """

    displacement: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"displacement": 0.0}

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        check_images(self, x)
        return (len(x), 2, *x.shape[2:])

    def flow(self, x: Tensor) -> Tensor:
        return self.displacement


class SmoothWarp(Warp):
    """A ``Warp`` by displacements that are smoothed by a Gaussian kernel.

    The elastic distortions of Simard et al.: Best practices for convolutional neural networks
    applied to visual document analysis, 2003, section 2. Beyond the border, displacements go on as
    they are at the border.

    Args:
        sigma: the standard deviation of the kernel, in pixels, above 0.
        init: what ``init_`` draws displacements from by default; otherwise -34 to 34, of which
            smoothing with a sigma of 4 leaves about 1.4 as the standard deviation.

    Shape: (N, C, H, W); the displacement (N, 2, H, W), in pixels, before it is smoothed.

    >>> x = torch.rand(2, 3, 32, 32)
    >>> model = SmoothWarp(sigma=4).reset(x).init_()
    >>> bool(model.flow(x).std() < model.displacement.std() / 5)
    True
    """

    usual: ClassVar[Mapping[str, Distribution] | None] = {"displacement": Box(-34, 34)}
    shown = ("sigma",)

    def __init__(self, sigma: float = 4.0, *, init: Given[Distribution] | None = None) -> None:
        super().__init__(init=init)
        if not sigma > 0:
            raise ConfigError(f"SmoothWarp: sigma must be above 0, not {sigma!r}")
        self.sigma = sigma

    def flow(self, x: Tensor) -> Tensor:
        return _smooth(precise(self.displacement), self.sigma)


def _smooth(fields: Tensor, sigma: float) -> Tensor:
    """Fields (N, 2, H, W), convolved with a Gaussian kernel that is cut at 3 sigma."""
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1, device=fields.device, dtype=fields.dtype)
    kernel = (-0.5 * (places / sigma).square()).softmax(0)
    layers = F.pad(fields.flatten(0, 1).unsqueeze(1), [reach] * 4, mode="replicate")
    along_x = F.conv2d(layers, kernel.reshape(1, 1, 1, -1))
    return F.conv2d(along_x, kernel.reshape(1, 1, -1, 1)).reshape(fields.shape)
