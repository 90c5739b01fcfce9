"""ResNetV2: residual networks with activation before the convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import ConvStem, Factory, NormAct, Residual, relu
from labwork.models._resnet_block import ResNetBlock
from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_layout import find_layout, make_groups
from labwork.nn import ClassificationHead, Seq

__all__ = ["ResNetV2", "ResNetV2Backbone", "ResNetV2Block", "bare_stem", "last_activation"]

bare_stem = partial(ConvStem, norm_f=None, act_f=None, bias=False)
last_activation = partial(NormAct, norm_f=nn.BatchNorm2d, act_f=relu)


class ResNetV2Block(ResNetBlock):
    """Normalization and activation before each convolution, beside a shortcut; their sum.

    He et al.: Identity mappings in deep residual networks, 2016, figure 1 (b). Where the shortcut
    is a projection, it is one of the activated input: the module ``preact`` stands before both.
    The arguments are those of ``ResNetBlock``.

    >>> block = ResNetV2Block(64, dropout_f=partial(nn.Dropout, 0.3)).build((1, 64, 8, 8))
    >>> block["sum"].branch.names
    ('preact', 'conv0', 'norm0', 'act0', 'dropout', 'conv1')
    """

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        channels = x.shape[1]
        preact = NormAct(self._norm_f, self._act_f)
        branch = self._make_branch(channels, ends_with_norm=False)
        if self._changes_shape(channels):
            shortcut = self._make_conv(channels, self._widths[-1], 1, stride=self._stride)
            self.append(preact, "preact").append(Residual(branch, shortcut), "sum")
        else:
            self.append(Residual(Seq(preact=preact).join(branch), nn.Identity()), "sum")


class ResNetV2Backbone(Seq):
    """The features of a residual network with activation before the convolutions.

    Args:
        depth: as in ``ResNetV1Backbone``.
        small_input: whether images are about 32 pixels large; see ``ConvStem``.
        group_lengths: blocks of each group; by default the depth's.
        base_width: the width of the first group of blocks; by default 64, or 16 in those for CIFAR.
        output_stride: what the resolution is divided by at most; None for no limit.
        stem_f: makes the stem for a width.
        block_f: makes a block for a width; kernel sizes and width factors are the depth's unless
            it gives them.
        final_f: makes what comes last: normalization and activation.

    Shape: as those of ``ResNetV1Backbone``.

    Raises:
        ConfigError: for another depth.

    >>> ResNetV2Backbone(depth=164, small_input=True).build((1, 3, 32, 32)).names
    ('stem', 'group0', 'group1', 'group2', 'final')
    """

    def __init__(
        self,
        *,
        depth: int,
        small_input: bool = False,
        group_lengths: Sequence[int] | None = None,
        base_width: int | None = None,
        output_stride: int | None = None,
        stem_f: Factory = bare_stem,
        block_f: Factory = ResNetV2Block,
        final_f: Callable[[], nn.Module] = last_activation,
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
            final=final_f(),
        )


class ResNetV2(Classifier):
    """Residual networks with activation before the convolutions.

    He et al.: Identity mappings in deep residual networks, 2016. The reference implementation is
    the authors' (resnet-1k-layers, in Lua). Differences: a bottleneck's stride is that of its
    3×3 convolution, as in torchvision's ResNet, and the first block is like the others: what its
    shortcut takes is activated only where it is a projection.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 50.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> small = partial(ResNetV2Backbone, depth=164, small_input=True)
    >>> model = ResNetV2(10, backbone_f=small).build((1, 3, 32, 32))
    >>> sum(p.numel() for p in model.parameters())
    1703258
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(ResNetV2Backbone, depth=50),
        head_f: Callable[[int], nn.Module] = ClassificationHead,
        init: Callable[[nn.Module], None] | None = initialize_resnet,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
