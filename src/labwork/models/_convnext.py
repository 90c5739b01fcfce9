"""ConvNeXt: a convolutional network for the 2020s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import Factory, norm_part, with_defaults
from labwork.models._inputs import check_input
from labwork.nn import LayerNorm2d, Module, Seq, StochasticDepth

__all__ = [
    "ConvNeXt",
    "ConvNeXtBackbone",
    "ConvNeXtBlock",
    "ConvNeXtDownsample",
    "ConvNeXtHead",
    "ConvNeXtStem",
    "initialize_convnext",
]

_layer_norm = partial(LayerNorm2d, eps=1e-6)


class ConvNeXtBlock(Module):
    """A convolution of each channel, then a perceptron at each place; added to the input, scaled.

    Args:
        kernel_size: of the convolution.
        mlp_factor: width of the perceptron's hidden layer, in channels.
        scale: with which the branch begins, one for each channel; None for no scale.
        drop: the part of the samples for which the branch is left out in training, in [0, 1).
        norm_f: makes the normalization for a number of channels; None for none.
        act_f: makes the perceptron's activation.

    Shape: (N, C, H, W) to (N, C, H, W).

    >>> ConvNeXtBlock()(torch.zeros(1, 8, 7, 7)).shape
    torch.Size([1, 8, 7, 7])
    """

    def __init__(
        self,
        *,
        kernel_size: int = 7,
        mlp_factor: float = 4,
        scale: float | None = 1e-6,
        drop: float = 0.0,
        norm_f: Factory | None = _layer_norm,
        act_f: Factory = nn.GELU,
    ) -> None:
        super().__init__()
        check_counts(self, kernel_size=kernel_size)
        self._kernel_size, self._factor, self._scale = kernel_size, mlp_factor, scale
        self._norm_f = norm_f
        self.act = act_f()
        self.drop = StochasticDepth(drop)

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        channels, size = x.shape[1], self._kernel_size
        hidden = int(self._factor * channels)
        self.conv = nn.Conv2d(channels, channels, size, padding=size // 2, groups=channels)
        self.norm = nn.Identity() if self._norm_f is None else self._norm_f(channels)
        self.linear0 = nn.Linear(channels, hidden)
        self.linear1 = nn.Linear(hidden, channels)
        if self._scale is None:
            self.register_parameter("scale", None)
        else:
            self.scale = nn.Parameter(torch.full((channels, 1, 1), self._scale))

    def forward(self, x: Tensor) -> Tensor:
        """``x`` plus the branch."""
        y = self.norm(self.conv(x)).permute(0, 2, 3, 1)
        y = self.linear1(self.act(self.linear0(y))).permute(0, 3, 1, 2)
        return x + self.drop(y if self.scale is None else y * self.scale)


class ConvNeXtStem(Seq):
    """A convolution of patches that don't overlap, then normalization.

    Args:
        width: channels of the output.
        patch_size: what the resolution is divided by.
        norm_f: makes the normalization for a number of channels; None for none.

    Shape: images (N, C, H, W) to (N, width, H / patch_size, W / patch_size).

    >>> ConvNeXtStem(8, patch_size=4).build((1, 3, 32, 32)).names
    ('conv', 'norm')
    """

    def __init__(
        self, width: int, *, patch_size: int = 4, norm_f: Factory | None = _layer_norm
    ) -> None:
        super().__init__()
        check_counts(self, width=width, patch_size=patch_size)
        self._width, self._size, self._norm_f = width, patch_size, norm_f

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        check_input(self, x)
        self.append(nn.Conv2d(x.shape[1], self._width, self._size, stride=self._size), "conv")
        for name, norm in norm_part(self._norm_f, self._width).items():
            self.append(norm, name)


class ConvNeXtDownsample(Seq):
    """What stands between stages: normalization, then a convolution that halves the resolution.

    Args:
        width: channels of the output.
        norm_f: makes the normalization for a number of channels; None for none.

    Shape: (N, C, H, W) to (N, width, H/2, W/2).

    >>> ConvNeXtDownsample(16).build((1, 8, 4, 4)).names
    ('norm', 'conv')
    """

    def __init__(self, width: int, *, norm_f: Factory | None = _layer_norm) -> None:
        super().__init__()
        check_counts(self, width=width)
        self._width, self._norm_f = width, norm_f

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        for name, norm in norm_part(self._norm_f, x.shape[1]).items():
            self.append(norm, name)
        self.append(nn.Conv2d(x.shape[1], self._width, 2, stride=2), "conv")


class ConvNeXtBackbone(Seq):
    """The features of a ConvNeXt.

    Args:
        depths: blocks of each stage.
        widths: channels of each stage.
        patch_size: what the stem divides the resolution by.
        drop: the part of the samples for which the last block's branch is left out in training;
            it grows from 0 with depth.
        stem_f: makes the stem for a width, given ``patch_size`` and ``norm_f``.
        block_f: makes a block, given ``drop``.
        down_f: makes what stands between stages for a width, given ``norm_f``.
        norm_f: makes the normalizations of the stem and between stages for a number of channels;
            None for none.

    Shape: images (N, C, H, W) to (N, widths[-1], H / (8·patch_size), W / (8·patch_size)) with four
    stages.

    >>> ConvNeXtBackbone(depths=(1, 1), widths=(8, 16)).build((1, 3, 32, 32)).names
    ('stem', 'stage0', 'down1', 'stage1')
    """

    def __init__(
        self,
        *,
        depths: Sequence[int] = (3, 3, 9, 3),
        widths: Sequence[int] = (96, 192, 384, 768),
        patch_size: int = 4,
        drop: float = 0.1,
        stem_f: Factory = ConvNeXtStem,
        block_f: Factory = ConvNeXtBlock,
        down_f: Factory = ConvNeXtDownsample,
        norm_f: Factory | None = _layer_norm,
    ) -> None:
        check_counts(self, depths=depths, widths=widths, patch_size=patch_size)
        if len(depths) != len(widths):
            raise ConfigError(f"as many depths as widths, not {len(depths)} and {len(widths)}")
        make_stem = with_defaults(stem_f, patch_size=patch_size, norm_f=norm_f)
        make_down = with_defaults(down_f, norm_f=norm_f)
        super().__init__(stem=make_stem(widths[0]))
        step = drop / max(sum(depths) - 1, 1)
        starts = accumulate(depths, initial=0)
        for i, (depth, width, start) in enumerate(zip(depths, widths, starts, strict=False)):
            if i > 0:
                self.append(make_down(width), f"down{i}")
            blocks = {f"block{j}": block_f(drop=step * (start + j)) for j in range(depth)}
            self.append(Seq(blocks), f"stage{i}")


class ConvNeXtHead(Seq):
    """The average over space, normalized, and a linear classifier.

    Args:
        class_count: classes to tell apart.
        norm_f: makes the normalization for a number of channels; None for none.

    Shape: (N, C, H, W) to scores (N, class_count).

    >>> ConvNeXtHead(10)(torch.zeros(2, 8, 7, 7)).shape
    torch.Size([2, 10])
    """

    def __init__(self, class_count: int, *, norm_f: Factory | None = _layer_norm) -> None:
        super().__init__(pool=nn.AdaptiveAvgPool2d(1))
        check_counts(self, class_count=class_count)
        self._class_count, self._norm_f = class_count, norm_f

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of channels."""
        channels = x.shape[1]
        for name, norm in norm_part(self._norm_f, channels).items():
            self.append(norm, name)
        self.append(nn.Flatten(), "flatten")
        self.append(nn.Linear(channels, self._class_count), "linear")


def initialize_convnext(model: nn.Module) -> None:
    """Draws the weights of convolutions and linear layers from N(0, 0.02²); biases are zero."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class ConvNeXt(Classifier):
    """Convolutional networks that took over what transformers do.

    Liu et al.: A ConvNet for the 2020s, 2022. The reference implementation is torchvision's, of
    which the parameters and outputs are. ConvNeXt-T is the default; ConvNeXt-B is
    ``ConvNeXt,backbone_f=t(depths=(3,3,27,3),widths=(128,256,512,1024),drop=0.5)``. For images of
    32 pixels, ``patch_size=1`` keeps resolution.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count).

    >>> tiny = partial(ConvNeXtBackbone, depths=(1, 1), widths=(8, 16), patch_size=2)
    >>> ConvNeXt(10, backbone_f=tiny)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Factory = ConvNeXtBackbone,
        head_f: Callable[[int], nn.Module] = ConvNeXtHead,
        init: Callable[[nn.Module], None] | None = initialize_convnext,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
