"""A small convolutional classifier."""

from collections.abc import Callable, Sequence

from torch import nn

from labwork.nn import Seq

__all__ = ["SmallImageClassifier"]


class SmallImageClassifier(Seq):
    """Blocks of convolution, normalization and activation, then pooling and a linear classifier.

    Each block but the first halves the resolution. The last feature map is averaged over space,
    as in Lin et al.: Network in network, 2014, so any input size works.

    Args:
        class_count: classes to tell apart.
        in_channels: channels of the images.
        widths: channels of each block.
        dropout: the part of the features that is dropped before the classifier, in [0, 1).
        norm_f: makes a normalization layer for a number of channels.
        act_f: makes an activation.

    Shape: images (N, in_channels, H, W) to scores (N, class_count).

    >>> import torch
    >>> model = SmallImageClassifier(class_count=10, in_channels=1)
    >>> model(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        in_channels: int = 3,
        *,
        widths: Sequence[int] = (32, 64, 128),
        dropout: float = 0.2,
        norm_f: Callable[[int], nn.Module] = nn.BatchNorm2d,
        act_f: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        channels = in_channels
        for i, width in enumerate(widths):
            block = _block(channels, width, stride=1 if i == 0 else 2, norm_f=norm_f, act_f=act_f)
            self.append(block, f"block{i}")
            channels = width
        self.append(nn.AdaptiveAvgPool2d(1), "pool")
        self.append(nn.Flatten(), "flatten")
        self.append(nn.Dropout(dropout), "dropout")
        self.append(nn.Linear(channels, class_count), "classifier")
        _initialize(self)


def _block(
    in_channels: int,
    width: int,
    stride: int,
    norm_f: Callable[[int], nn.Module],
    act_f: Callable[[], nn.Module],
) -> Seq:
    conv = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
    return Seq(conv, norm_f(width), act_f())


def _initialize(model: nn.Module) -> None:
    """He et al.: Delving deep into rectifiers, 2015, equation 10."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
