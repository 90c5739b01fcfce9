"""VGG: plain stacks of 3×3 convolutions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from labwork.core import ConfigError

__all__ = ["Norm", "VGG", "initialize_vgg", "vgg_layers"]

_BLOCK_DEPTHS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
_RELU = partial(nn.ReLU, inplace=True)

Norm = Callable[[int], nn.Module]
Activation = Callable[[], nn.Module]


class VGG(nn.Module):
    """Five blocks of 3×3 convolutions and pooling, then three linear layers.

    Simonyan and Zisserman: Very deep convolutional networks for large-scale image recognition,
    2015, configurations A, B, D and E of table 1. The names of the parameters are torchvision's
    (``features.0.weight``), so files of its parameters fit; with ``norm_f=nn.BatchNorm2d``, those
    of its ``vgg…_bn``. As there, features are averaged to 7×7, so any image of 32 pixels or more
    will do, and convolutions have a bias with normalization too.

    Args:
        class_count: classes to tell apart.
        in_channels: channels of the images.
        depth: layers with weights: 11, 13, 16 or 19.
        width: channels of the first block; the others have 2, 4, 8 and 8 times as many.
        hidden_width: the size of the two hidden linear layers.
        dropout: the part that is dropped of them, in [0, 1).
        norm_f: makes a normalization for a number of channels; without, there is none.
        act_f: makes an activation.

    Shape: images (N, in_channels, H, W) to scores (N, class_count).

    Raises:
        ConfigError: where no such depth is defined.

    >>> import torch
    >>> VGG(class_count=10, depth=11, width=4, hidden_width=16)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        in_channels: int = 3,
        *,
        depth: int = 16,
        width: int = 64,
        hidden_width: int = 4096,
        dropout: float = 0.5,
        norm_f: Norm | None = None,
        act_f: Activation = _RELU,
    ) -> None:
        super().__init__()
        layers = vgg_layers(in_channels, depth, width, norm_f, act_f)
        self.features = nn.Sequential(*(layer for _, layer in layers))
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        hidden = [nn.Linear(8 * width * 7 * 7, hidden_width), act_f(), nn.Dropout(dropout)]
        hidden += [nn.Linear(hidden_width, hidden_width), act_f(), nn.Dropout(dropout)]
        self.classifier = nn.Sequential(*hidden, nn.Linear(hidden_width, class_count))
        initialize_vgg(self)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of images."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def vgg_layers(
    in_channels: int, depth: int, width: int, norm_f: Norm | None, act_f: Activation = _RELU
) -> list[tuple[str, nn.Module]]:
    """The layers in their order; activations have a name."""
    if depth not in _BLOCK_DEPTHS:
        known = ", ".join(map(str, _BLOCK_DEPTHS))
        raise ConfigError(f"VGG is defined for the depths {known}, not for {depth!r}")
    layers: list[tuple[str, nn.Module]] = []
    for block, count in enumerate(_BLOCK_DEPTHS[depth], start=1):
        out_channels = width * min(2 ** (block - 1), 8)
        for i in range(1, count + 1):
            layers.append(("", nn.Conv2d(in_channels, out_channels, 3, padding=1)))
            layers += [("", norm_f(out_channels))] if norm_f else []
            layers.append((f"relu{block}_{i}", act_f()))
            in_channels = out_channels
        layers.append(("", nn.MaxPool2d(2)))
    return layers


def initialize_vgg(model: nn.Module) -> None:
    """As torchvision: He et al.: Delving deep into rectifiers, 2015, by the outputs."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
