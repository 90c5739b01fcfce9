"""A small convolutional classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._conv_units import ConvBlock
from labwork.models._convolutional import Factory, with_defaults
from labwork.models._initialization import initialize_kaiming
from labwork.models._inputs import check_input
from labwork.nn import Seq

__all__ = ["SmallImageClassifier"]


class SmallImageClassifier(Seq):
    """Blocks of convolution, normalization and activation, then pooling and a linear classifier.

    Each block but the first halves the resolution, by its convolution, as in Springenberg et al.:
    Striving for simplicity: The all convolutional net, 2015. The last feature map is averaged over
    space, as in Lin et al.: Network in network, 2014, so any input size works. It is a network for
    examples and tests, of no paper, so there is no reference implementation; from Springenberg et
    al., it differs in fewer layers, normalization, and the linear classifier after the average.

    Args:
        class_count: classes to tell apart.
        in_channels: channels of the images; by default those of the first one. With it, the model
            is built at once.
        widths: channels of each block.
        dropout: the part of the features that is dropped before the classifier, in [0, 1).
        norm_f: makes a normalization layer for a number of channels; None for none.
        act_f: makes an activation.
        block_f: makes a block for a width, given ``conv_f``, ``norm_f`` and ``act_f``.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> import torch
    >>> model = SmallImageClassifier(class_count=10)
    >>> model(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        in_channels: int | None = None,
        *,
        widths: Sequence[int] = (32, 64, 128),
        dropout: float = 0.2,
        norm_f: Factory | None = nn.BatchNorm2d,
        act_f: Factory = nn.ReLU,
        block_f: Factory = ConvBlock,
        init: Callable[[nn.Module], None] | None = partial(initialize_kaiming, mode="fan_in"),
    ) -> None:
        super().__init__()
        check_counts(self, class_count=class_count, in_channels=in_channels, widths=widths)
        self._class_count, self._init = class_count, init
        make_block = with_defaults(block_f, norm_f=norm_f, act_f=act_f)
        for i, width in enumerate(widths):
            conv_f = partial(nn.Conv2d, kernel_size=3, stride=2 if i else 1, padding=1)
            self.append(with_defaults(make_block, conv_f=conv_f)(width), f"block{i}")
        self.append(nn.AdaptiveAvgPool2d(1), "pool")
        self.append(nn.Flatten(), "flatten")
        self.append(nn.Dropout(dropout), "dropout")
        if in_channels is not None:
            self.build((1, in_channels, 8, 8))

    def setup(self, x: Tensor) -> None:
        """Makes the classifier for the number of features."""
        check_input(self, x)
        self.append(nn.Linear(self(x).shape[1], self._class_count), "classifier")

    def post_build(self) -> None:
        """Initializes the parameters."""
        if self._init is not None:
            self._init(self)
