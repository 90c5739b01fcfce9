"""How networks of convolutions begin."""

from typing import Literal

from torch import nn

__all__ = ["initialize_kaiming"]


def initialize_kaiming(module: nn.Module, mode: Literal["fan_in", "fan_out"] = "fan_out") -> None:
    """Draws the weights of convolutions so that signals keep their variance; biases are zero.

    He et al.: Delving deep into rectifiers, 2015: equation 10 with ``fan_in``, equation 14 with
    ``fan_out``. Weights of linear layers stay as they are.

    Args:
        module: whose convolutions, and all else below, are initialized in place.
        mode: whether the variance is kept in the forward or in the backward pass.

    >>> import torch
    >>> conv = nn.Conv2d(16, 64, 3)
    >>> initialize_kaiming(conv)
    >>> bool(conv.bias.any()), abs(conv.weight.std().item() - (2 / (64 * 9)) ** 0.5) < 0.005
    (False, True)
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode=mode, nonlinearity="relu")
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
