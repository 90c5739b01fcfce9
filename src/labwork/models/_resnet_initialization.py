"""How residual networks begin."""

from __future__ import annotations

import torch
from torch import nn

from labwork.models._initialization import initialize_kaiming
from labwork.models._resnet_block import ResNetBlock

__all__ = ["initialize_resnet"]


def initialize_resnet(module: nn.Module) -> None:
    """As ``initialize_kaiming``, and so that blocks without normalization can be trained as well.

    Without normalization, the variance would double with each block. There the last weights of
    each of the L branches are divided by √L, so that it grows by a constant factor in all (Hayou
    et al.: Stable ResNet, 2021).

    Args:
        module: whose parameters are initialized in place.

    >>> from labwork.models import ResNetV1Block
    >>> block = ResNetV1Block(64, norm_f=None).build((2, 64, 8, 8))
    >>> initialize_resnet(block)
    >>> round(block["sum"].branch["conv1"].weight.std().item() * (64 * 9 / 2) ** 0.5, 1)
    1.0
    """
    initialize_kaiming(module)
    blocks = [m for m in module.modules() if isinstance(m, ResNetBlock) and not m.is_normalized]
    for block in blocks:
        last = block["sum"].branch[-1]
        if isinstance(last, nn.Conv2d):
            with torch.no_grad():
                last.weight.div_(len(blocks) ** 0.5)
