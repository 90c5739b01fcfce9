"""ResNetV1: residual networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import ConvStem, Factory, Residual
from labwork.models._resnet_block import ResNetBlock
from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_layout import find_layout, make_groups
from labwork.nn import ClassificationHead, Seq

__all__ = ["ResNetV1", "ResNetV1Backbone", "ResNetV1Block"]


class ResNetV1Block(ResNetBlock):
    """Convolutions with normalization beside a shortcut; their sum, and an activation.

    He et al.: Deep residual learning for image recognition, 2016, figures 2 and 5. The arguments
    are those of ``ResNetBlock``.

    >>> block = ResNetV1Block(64, stride=2, kernel_sizes=(1, 3, 1), width_factors=(1, 1, 4))
    >>> block.build((1, 64, 8, 8)).names, block["sum"].shortcut.names
    (('sum', 'act'), ('conv', 'norm'))
    """

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        channels = x.shape[1]
        branch = self._make_branch(channels, ends_with_norm=True)
        self.append(Residual(branch, self._make_shortcut(channels)), "sum")
        self.append(self._act_f(), "act")

    def _make_shortcut(self, channels: int) -> nn.Module:
        if not self._changes_shape(channels):
            return nn.Identity()
        width = self._widths[-1]
        shortcut = Seq(conv=self._make_conv(channels, width, 1, stride=self._stride))
        if self._norm_f is not None:
            shortcut.append(self._norm_f(width), "norm")
        return shortcut


class ResNetV1Backbone(Seq):
    """The features of a residual network.

    Args:
        depth: layers with parameters: 10, 18, 34, 50, 101, 152 or 200; 110 and 164 are those for
            CIFAR, with three groups of blocks.
        small_input: whether images are about 32 pixels large; see ``ConvStem``.
        group_lengths: blocks of each group; by default the depth's.
        base_width: the width of the first group of blocks; by default 64, or 16 in those for CIFAR.
        output_stride: what the resolution is divided by at most; what would divide it further
            dilates convolutions instead. None for no limit.
        stem_f: makes the stem for a width.
        block_f: makes a block for a width; kernel sizes and width factors are the depth's unless
            it gives them.

    Shape: images (N, C, H, W) to (N, 512, H/32, W/32) up to depth 34, 2048 channels from depth
    50; with ``small_input``, (N, …, H/8, W/8), and (N, …, H/4, W/4) of those for CIFAR. The groups
    of blocks are called ``group0``, ….

    Raises:
        ConfigError: for another depth.

    >>> backbone = ResNetV1Backbone(depth=18).build((1, 3, 224, 224))
    >>> backbone.names, backbone["group3"].names
    (('stem', 'group0', 'group1', 'group2', 'group3'), ('block0', 'block1'))
    """

    def __init__(
        self,
        *,
        depth: int,
        small_input: bool = False,
        group_lengths: Sequence[int] | None = None,
        base_width: int | None = None,
        output_stride: int | None = None,
        stem_f: Factory = ConvStem,
        block_f: Factory = ResNetV1Block,
    ) -> None:
        check_counts(
            self, group_lengths=group_lengths, base_width=base_width, output_stride=output_stride
        )
        layout = find_layout(depth, group_lengths, base_width)
        super().__init__(
            stem=stem_f(layout.base_width, small_input=small_input),
            **make_groups(
                layout,
                block_f,
                stem_stride=1 if small_input else 4,
                output_stride=output_stride,
            ),
        )


class ResNetV1(Classifier):
    """Residual networks.

    He et al.: Deep residual learning for image recognition, 2016. The reference implementation is
    torchvision's, of which depths 18, 34, 50, 101 and 152 have the parameters and the outputs. It
    differs from the paper in that a bottleneck's stride is that of its 3×3 convolution. Depths 110
    and 164 have projections in place of the paper's padded shortcuts. Biases of the classifier
    begin with zero, and blocks without normalization with smaller weights: ``initialize_resnet``.

    ``ResNetV1,backbone_f=t(depth=50,block_f=t(width_factors=(2,2,4)))`` is WideResNet-50-2.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 50.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> import torch
    >>> small = partial(ResNetV1Backbone, depth=18, small_input=True)
    >>> model = ResNetV1(10, backbone_f=small).build((1, 3, 32, 32))
    >>> sum(p.numel() for p in model.parameters())
    11173962
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Factory = partial(ResNetV1Backbone, depth=50),
        head_f: Callable[[int], nn.Module] = ClassificationHead,
        init: Callable[[nn.Module], None] | None = initialize_resnet,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
