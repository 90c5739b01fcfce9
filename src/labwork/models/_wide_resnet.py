"""WideResNet: residual networks that are wide rather than deep."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from labwork.core import ConfigError, check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import Factory
from labwork.models._resnet_initialization import initialize_resnet
from labwork.models._resnet_layout import ResNetLayout, make_groups
from labwork.models._resnet_v2 import ResNetV2Block, bare_stem, last_activation
from labwork.nn import ClassificationHead, Seq

__all__ = ["WideResNet", "WideResNetBackbone"]

_WIDTH = 16


class WideResNetBackbone(Seq):
    """The features of a wide residual network: three groups of blocks.

    Args:
        depth: layers with parameters, 6n + 4 for n blocks in each group.
        width_factor: how many times wider the blocks are than 16, 32 and 64.
        small_input: whether images are about 32 pixels large; see ``ConvStem``.
        output_stride: what the resolution is divided by at most; None for no limit.
        stem_f: makes the stem for a width, which is 16.
        block_f: makes a block for a width.
        final_f: makes what comes last: normalization and activation.

    Shape: images (N, C, H, W) to (N, 64 · width_factor, H/4, W/4) with ``small_input``; otherwise
    H/16 and W/16.

    Raises:
        ConfigError: for another depth.

    >>> WideResNetBackbone(depth=28, width_factor=10)["group0"].names
    ('block0', 'block1', 'block2', 'block3')
    """

    def __init__(
        self,
        *,
        depth: int,
        width_factor: int,
        small_input: bool = False,
        output_stride: int | None = None,
        stem_f: Factory = bare_stem,
        block_f: Factory = ResNetV2Block,
        final_f: Callable[[], nn.Module] = last_activation,
    ) -> None:
        check_counts(self, width_factor=width_factor, output_stride=output_stride)
        layout = ResNetLayout((_group_length(depth),) * 3, base_width=_WIDTH * width_factor)
        super().__init__(
            stem=stem_f(_WIDTH, small_input=small_input),
            **make_groups(
                layout,
                block_f,
                stem_stride=1 if small_input else 4,
                output_stride=output_stride,
            ),
            final=final_f(),
        )


class WideResNet(Classifier):
    """Residual networks that are wide rather than deep.

    Zagoruyko and Komodakis: Wide residual networks, 2016. The reference implementation is the
    authors' (szagoruyko/wide-residual-networks, in Lua). The paper's dropout is
    ``block_f=t(dropout_f=partial(nn.Dropout,0.3))``; its network for ImageNet, WRN-50-2, is a
    ``ResNetV1``.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 28 and its ``width_factor`` 10.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> import torch
    >>> small = partial(WideResNetBackbone, depth=28, width_factor=10, small_input=True)
    >>> with torch.device("meta"):
    ...     model = WideResNet(10, backbone_f=small).build((1, 3, 32, 32))
    >>> sum(p.numel() for p in model.parameters())
    36479194
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(
            WideResNetBackbone, depth=28, width_factor=10
        ),
        head_f: Callable[[int], nn.Module] = ClassificationHead,
        init: Callable[[nn.Module], None] | None = initialize_resnet,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)


def _group_length(depth: int) -> int:
    length, rest = divmod(depth - 4, 6)
    if rest or length < 1:
        raise ConfigError(
            f"the depth of a WideResNet is 6n + 4, such as 10, 16, 22, 28, 34 or 40, not {depth};"
            " WRN-50-2 and WRN-101-2 are ResNetV1,backbone_f=t(depth=50,"
            "block_f=t(width_factors=(2,2,4)))"
        )
    return length
