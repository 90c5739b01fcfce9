"""The model: a small convolutional network."""

from torch import nn

__all__ = ["SmallNet"]


class SmallNet(nn.Sequential):
    """Three convolutions, the mean over space, and a linear classifier.

    Args:
        class_count: classes to tell apart; given by the dataset.
        in_channels: channels of the images; given by the dataset.
        width: channels of the first convolution, a multiple of 4.

    Shape: images (N, in_channels, H, W) to scores (N, class_count).

    >>> import torch
    >>> SmallNet(class_count=2)(torch.zeros(4, 1, 16, 16)).shape
    torch.Size([4, 2])
    """

    def __init__(self, class_count: int, in_channels: int = 1, width: int = 16) -> None:
        super().__init__(
            _block(in_channels, width, stride=1),
            _block(width, 2 * width, stride=2),
            _block(2 * width, 4 * width, stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4 * width, class_count),
        )


def _block(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.GroupNorm(4, out_channels), nn.ReLU())
