"""VGG: plain stacks of 3×3 convolutions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._convolutional import at_depth, relu
from labwork.models._inputs import check_input
from labwork.nn import Module

__all__ = ["Norm", "VGG", "initialize_vgg", "vgg_layers"]

_BLOCK_DEPTHS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}

Norm = Callable[[int], nn.Module]
Activation = Callable[[], nn.Module]


def initialize_vgg(model: nn.Module) -> None:
    """As torchvision: He et al.: Delving deep into rectifiers, 2015, by the outputs."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


class VGG(Module):
    """Five blocks of 3×3 convolutions and pooling, then three linear layers.

    Simonyan and Zisserman: Very deep convolutional networks for large-scale image recognition,
    2015, configurations A, B, D and E of table 1. The reference implementation is torchvision's, of
    which the parameters and outputs are, under the same names (``features.0.weight``), so files of
    its parameters fit; with ``norm_f=nn.BatchNorm2d``, those of its ``vgg…_bn``. Differences to the
    paper are torchvision's: features are averaged to 7×7, so any image of 32 pixels or more will
    do, and convolutions have a bias with normalization too.

    Args:
        class_count: classes to tell apart.
        in_channels: channels of the images; by default those of the first one. With it, the model
            is built at once.
        depth: layers with weights: 11, 13, 16 or 19.
        width: channels of the first block; the others have 2, 4, 8 and 8 times as many.
        hidden_width: the size of the two hidden linear layers.
        dropout: the part that is dropped of them, in [0, 1).
        norm_f: makes a normalization for a number of channels; without, there is none.
        act_f: makes an activation.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    Raises:
        ConfigError: where no such depth is defined.

    >>> import torch
    >>> VGG(class_count=10, depth=11, width=4, hidden_width=16)(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        in_channels: int | None = None,
        *,
        depth: int = 16,
        width: int = 64,
        hidden_width: int = 4096,
        dropout: float = 0.5,
        norm_f: Norm | None = None,
        act_f: Activation = relu,
        init: Callable[[nn.Module], None] | None = initialize_vgg,
    ) -> None:
        super().__init__()
        check_counts(self, class_count=class_count, in_channels=in_channels)
        check_counts(self, width=width, hidden_width=hidden_width)
        at_depth(depth, _BLOCK_DEPTHS, "VGG")
        self._make_layers = partial(
            vgg_layers, depth=depth, width=width, norm_f=norm_f, act_f=act_f
        )
        self._make_classifier = partial(
            _make_classifier, 8 * width * 7 * 7, hidden_width, class_count, dropout, act_f
        )
        self._init = init
        if in_channels is not None:
            self.build((1, in_channels, 32, 32))

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        check_input(self, x)
        self.features = nn.Sequential(*(layer for _, layer in self._make_layers(x.shape[1])))
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = self._make_classifier()

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of images."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def vgg_layers(
    in_channels: int, depth: int, width: int, norm_f: Norm | None, act_f: Activation = relu
) -> list[tuple[str, nn.Module]]:
    """The layers in their order; activations have a name."""
    layers: list[tuple[str, nn.Module]] = []
    for block, count in enumerate(at_depth(depth, _BLOCK_DEPTHS, "VGG"), start=1):
        out_channels = width * min(2 ** (block - 1), 8)
        for i in range(1, count + 1):
            layers.append(("", nn.Conv2d(in_channels, out_channels, 3, padding=1)))
            layers += [("", norm_f(out_channels))] if norm_f else []
            layers.append((f"relu{block}_{i}", act_f()))
            in_channels = out_channels
        layers.append(("", nn.MaxPool2d(2)))
    return layers


def _make_classifier(
    features: int, hidden: int, class_count: int, dropout: float, act_f: Activation
) -> nn.Sequential:
    first = [nn.Linear(features, hidden), act_f(), nn.Dropout(dropout)]
    second = [nn.Linear(hidden, hidden), act_f(), nn.Dropout(dropout)]
    return nn.Sequential(*first, *second, nn.Linear(hidden, class_count))
