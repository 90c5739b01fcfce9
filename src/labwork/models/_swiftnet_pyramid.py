"""SwiftNetPyramid: SwiftNet over an image pyramid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

from torch import Tensor, nn
from torch.nn import functional as F

from labwork.core import check_counts
from labwork.models._conv_units import resize
from labwork.models._convolutional import Factory, conv_keeping_size
from labwork.models._feature_maps import maps_at
from labwork.models._initialization import initialize_kaiming
from labwork.models._ladder import LadderStep, climb, make_steps
from labwork.models._level_norms import at_level, give_levels_norms
from labwork.models._resnet_v1 import ResNetV1Backbone
from labwork.models._segmenter import Segmenter
from labwork.models._swiftnet import preact_head
from labwork.nn import Module

__all__ = ["PyramidDecoder", "SwiftNetPyramid"]


class PyramidDecoder(Module):
    """Feature maps of all levels of a pyramid, by interleaved fusion and a ladder.

    Map i + 1 of a level and map i of the next coarser level have the same resolution; they get as
    many channels, and are added.

    Args:
        width: channels of all that is added, and of the output.
        kernel_size: of the convolutions that make ``width`` channels of the feature maps. There is
            one for each map of a level; the levels share it.
        conv_f: makes them.
        step_f: makes a step of the ladder for a width.

    Shape: for L levels, the finest first, lists of M feature maps, the finest first, to
    (N, width, H, W), where H and W are those of the very first map.

    >>> import torch
    >>> fine = [torch.zeros(1, 8, 16, 16), torch.zeros(1, 16, 8, 8)]
    >>> coarse = [torch.zeros(1, 8, 8, 8), torch.zeros(1, 16, 4, 4)]
    >>> PyramidDecoder(32)([fine, coarse]).shape
    torch.Size([1, 32, 16, 16])
    """

    def __init__(
        self,
        width: int = 128,
        *,
        kernel_size: int = 1,
        conv_f: Factory = nn.Conv2d,
        step_f: Factory = partial(LadderStep, lateral_f=None),
    ) -> None:
        super().__init__()
        check_counts(self, width=width, kernel_size=kernel_size)
        self._width, self._step_f = width, step_f
        self._make_conv = partial(
            conv_keeping_size, conv_f, out_channels=width, kernel_size=kernel_size
        )

    def setup(self, levels: Sequence[Sequence[Tensor]]) -> None:
        """Makes the convolutions for the numbers of channels, and the steps."""
        maps = levels[0]
        # From the coarsest, as the steps are.
        self.laterals = nn.ModuleList(self._make_conv(x.shape[1]) for x in reversed(maps))
        self.steps = make_steps(self._step_f, self._width, len(levels) + len(maps) - 2)

    def forward(self, levels: Sequence[Sequence[Tensor]]) -> Tensor:
        """All feature maps as one."""
        sums: dict[int, Tensor] = {}
        for level, maps in enumerate(levels):
            for i, (lateral, x) in enumerate(zip(reversed(self.laterals), maps, strict=True)):
                x = lateral(x)
                known = sums.get(level + i)
                sums[level + i] = x if known is None else known + resize(x, like=known)
        x, *finer = (sums[i] for i in sorted(sums, reverse=True))
        return climb(self.steps, x, finer)


class SwiftNetPyramid(Segmenter):
    """Segmentation in real time, of several scales of the image.

    Oršić et al.: In defense of pre-trained ImageNet architectures for real-time semantic
    segmentation of road-driving images, 2019, and Oršić and Šegvić: Efficient semantic
    segmentation with pyramidal fusion, 2021. The reference implementation is
    github.com/orsic/swiftnet (``resnet_pyramid``), of which depths 18 and 34 have the parameters
    and the outputs; see ``translate_params``. Differences: images are normalized by the input
    adapter, not in the network, biases of the head begin with zero, and images may have any size.

    All levels share the convolutions of the backbone; each has its own normalizations, save those
    of shortcuts. Feature maps are those before the activations that end the groups. Modules of the
    backbone can't be replaced once it is built, nor ranges to ``checkpoint`` be set.

    Args:
        class_count: classes to tell apart.
        level_count: how many images the pyramid has; each is half as large as the one before it.
        level_norms: whether each level has its own normalizations.
        backbone_f: makes the backbone; its ``depth`` is 18.
        decoder_f: makes what fuses the feature maps of all levels.
        head_f: makes the head for a number of classes.
        feature_paths: where in the backbone the feature maps are, from the finest; each is half as
            large as the one before it.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W).

    >>> import torch
    >>> with torch.device("meta"):
    ...     model = SwiftNetPyramid(19).build((1, 3, 256, 512))
    >>> sum(p.numel() for p in model.parameters())
    12056275
    """

    def __init__(
        self,
        class_count: int,
        *,
        level_count: int = 3,
        level_norms: bool = True,
        backbone_f: Callable[[], nn.Module] = partial(ResNetV1Backbone, depth=18),
        decoder_f: Callable[[], nn.Module] = PyramidDecoder,
        head_f: Callable[[int], nn.Module] = preact_head,
        feature_paths: Sequence[str] | None = None,
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            feature_paths=feature_paths,
            activated=False,
            init=init,
        )
        check_counts(self, level_count=level_count)
        self.level_count, self._has_level_norms = level_count, level_norms
        # The backbone with the normalizations of each level. It holds no layers of its own.
        self._at_levels: tuple[Any, ...] = ()

    def post_build(self) -> None:
        """Initializes the parameters, and gives each level its normalizations."""
        super().post_build()
        if self._has_level_norms:
            give_levels_norms(self.backbone, self.level_count)
            self._at_levels = tuple(at_level(self.backbone, i) for i in range(self.level_count))

    def train(self, mode: bool = True) -> Self:
        for backbone in self._at_levels:
            backbone.train(mode)
        return super().train(mode)

    def feature_maps(self, x: Tensor) -> Sequence[Any]:
        """The feature maps of each level of the pyramid."""
        backbones = self._at_levels or (self.backbone,) * self.level_count
        return [
            maps_at(backbone, _shrunk(x, 2**level), self.feature_paths)
            for level, backbone in enumerate(backbones)
        ]


def _shrunk(x: Tensor, factor: int) -> Tensor:
    return x if factor == 1 else F.interpolate(x, scale_factor=1 / factor, mode="bicubic")
