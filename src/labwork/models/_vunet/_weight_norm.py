"""WeightNormConv2d: a convolution whose weight is a direction and a length."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn import hooked, is_built

__all__ = ["WeightNormConv2d", "initialize_from_data"]


class WeightNormConv2d(nn.Conv2d):
    """A convolution with weight normalization: the weight is ``scale · weight / |weight|``.

    Salimans and Kingma: Weight normalization: A simple reparameterization to accelerate training of
    deep neural networks, 2016, equation 2, with a norm for each output channel. At first it is the
    convolution that ``nn.Conv2d`` would be. Unlike ``torch.nn.utils.parametrizations.weight_norm``
    it can be pickled. It takes the arguments of ``nn.Conv2d``.

    Shape: as that of ``nn.Conv2d``; ``scale`` is (out_channels, 1, 1, 1).

    >>> conv = WeightNormConv2d(3, 8, 3, padding=1)
    >>> image = torch.rand(1, 3, 4, 4)
    >>> before = conv(image)
    >>> _ = conv.weight.data.mul_(7)
    >>> torch.allclose(conv(image), before, atol=1e-6), conv.scale.shape
    (True, torch.Size([8, 1, 1, 1]))
    """

    def reset_parameters(self) -> None:
        """Draws the direction, and takes over its length."""
        super().reset_parameters()
        self.scale = nn.Parameter(_lengths(self.weight).detach())

    def forward(self, input: Tensor) -> Tensor:
        """The convolution with the weight of that length."""
        weight = self.weight * (self.scale / _lengths(self.weight))
        return self._conv_forward(input, weight, self.bias)


@torch.no_grad()
def initialize_from_data(model: nn.Module, *inputs: Any) -> None:
    """Makes weight-normalized convolutions give mean 0 and deviation 1, channel by channel.

    Salimans and Kingma, 2016, section 3. The model is called once, and what follows a convolution
    sees what it gives then. Without a bias, a convolution keeps its mean relative to its deviation.

    Args:
        model: whose ``WeightNormConv2d`` are initialized in place.
        *inputs: what it takes, with several images, of as many kinds as may be.

    Raises:
        ConfigError: where a convolution gives one number for a channel, which has no deviation.

    >>> net = nn.Sequential(WeightNormConv2d(3, 8, 1), nn.ReLU(), WeightNormConv2d(8, 4, 1))
    >>> image = torch.rand(16, 3, 4, 4)
    >>> initialize_from_data(net, image)
    >>> out = net(image)
    >>> bool(out.mean().abs() < 1e-5), bool((out.std() - 1).abs() < 1e-2)
    (True, True)
    """
    if not is_built(model):
        model(*inputs)
    convs = [layer for layer in model.modules() if isinstance(layer, WeightNormConv2d)]
    with hooked(convs, _standardize):
        model(*inputs)


def _standardize(conv: WeightNormConv2d, _: Any, out: Tensor) -> Tensor:
    if out.numel() <= out.shape[1]:
        raise ConfigError(
            "a convolution can't be initialized from one number for a channel; hand over more"
            " images than 1"
        )
    variance, mean = torch.var_mean(out, (0, 2, 3), correction=0)
    deviation = (variance + 1e-10).sqrt()  # as in the reference implementation of VUNet
    conv.scale.div_(deviation.view_as(conv.scale))
    if conv.bias is None:
        return out / deviation.view(-1, 1, 1)
    conv.bias.sub_(mean).div_(deviation)
    return (out - mean.view(-1, 1, 1)) / deviation.view(-1, 1, 1)


def _lengths(weight: Tensor) -> Tensor:
    return torch.linalg.vector_norm(weight, dim=(1, 2, 3), keepdim=True)
