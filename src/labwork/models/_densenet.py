"""DenseNet: each layer takes the outputs of all those before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import nn

from labwork.core import check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import ConvStem, Factory, at_depth, with_defaults
from labwork.models._densenet_block import DenseNetBlock, DenseNetTransition
from labwork.models._initialization import initialize_kaiming
from labwork.models._resnet_v2 import last_activation
from labwork.nn import ClassificationHead, Seq

__all__ = ["DenseNet", "DenseNetBackbone"]


@dataclass(frozen=True, slots=True)
class _Layout:
    group_lengths: tuple[int, ...]
    growth: int


_LAYOUTS = {
    100: _Layout((16, 16, 16), 12),
    121: _Layout((6, 12, 24, 16), 32),
    161: _Layout((6, 12, 36, 24), 48),
    169: _Layout((6, 12, 32, 32), 32),
    190: _Layout((31, 31, 31), 40),
    201: _Layout((6, 12, 48, 32), 32),
    250: _Layout((41, 41, 41), 24),
}


class DenseNetBackbone(Seq):
    """The features of a densely connected network.

    Args:
        depth: layers with parameters: 121, 161, 169 or 201; 100, 190 and 250 are those for CIFAR,
            with three groups of blocks.
        small_input: whether images are about 32 pixels large: the stem is a bare 3×3 convolution.
        group_lengths: blocks of each group; by default the depth's.
        growth: channels that each block adds; by default the depth's.
        stem_f: makes the stem for a width, which is twice the growth.
        block_f: makes a block for a growth.
        transition_f: makes what stands between two groups.
        final_f: makes what comes last: normalization and activation.

    Shape: images (N, C, H, W) to (N, …, H/32, W/32), with ``small_input`` (N, …, H/8, W/8); those
    for CIFAR (N, …, H/4, W/4) with ``small_input``. The groups are called ``group0``, ….

    Raises:
        ConfigError: for another depth.

    >>> DenseNetBackbone(depth=121).build((1, 3, 64, 64)).names[:4]
    ('stem', 'group0', 'transition0', 'group1')
    """

    def __init__(
        self,
        *,
        depth: int,
        small_input: bool = False,
        group_lengths: Sequence[int] | None = None,
        growth: int | None = None,
        stem_f: Factory = ConvStem,
        block_f: Factory = DenseNetBlock,
        transition_f: Callable[[], nn.Module] = DenseNetTransition,
        final_f: Callable[[], nn.Module] = last_activation,
    ) -> None:
        check_counts(self, group_lengths=group_lengths, growth=growth)
        layout = at_depth(depth, _LAYOUTS, "DenseNet")
        growth = growth or layout.growth
        if small_input:
            stem_f = with_defaults(stem_f, norm_f=None, act_f=None, bias=False)
        super().__init__(stem=stem_f(2 * growth, small_input=small_input))
        for i, length in enumerate(group_lengths or layout.group_lengths):
            if i:
                self.append(transition_f(), f"transition{i - 1}")
            self.append(Seq({f"block{j}": block_f(growth) for j in range(length)}), f"group{i}")
        self.append(final_f(), "final")


class DenseNet(Classifier):
    """Networks in which each layer takes the outputs of all those before it.

    Huang et al.: Densely connected convolutional networks, 2017. The reference implementation is
    torchvision's, of which depths 121, 161, 169 and 201 have the parameters and the outputs. All
    have bottlenecks and compression (DenseNet-BC).

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 121.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> model = DenseNet(1000).build((1, 3, 224, 224))
    >>> sum(p.numel() for p in model.parameters())
    7978856
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = partial(DenseNetBackbone, depth=121),
        head_f: Callable[[int], nn.Module] = ClassificationHead,
        init: Callable[[nn.Module], None] | None = partial(initialize_kaiming, mode="fan_in"),
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
