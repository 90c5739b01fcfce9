"""LadderDenseNet: a densely connected backbone, and a ladder that upsamples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from labwork.core import ConfigError, unknown_name
from labwork.models._conv_units import NormActConv
from labwork.models._convolutional import ConvStem, halve_by_average, halve_by_maximum
from labwork.models._densenet import DenseNetBackbone
from labwork.models._feature_maps import ends_of_groups
from labwork.models._initialization import initialize_kaiming
from labwork.models._ladder import LadderDecoder, ResidualLadderStep
from labwork.models._segmenter import Segmenter
from labwork.models._spatial_pyramid import SpatialPyramidPooling
from labwork.models._swiftnet import preact_head

__all__ = ["LadderDenseNet"]

_densenet = partial(DenseNetBackbone, depth=121, stem_f=partial(ConvStem, pool_f=halve_by_maximum))
_context = partial(
    SpatialPyramidPooling,
    width=512,
    grid_sizes=(8, 4, 2, 1),
    level_width=128,
    unit_f=NormActConv,
)
_ladder = partial(
    LadderDecoder,
    widths=(256, 256, 128, 128),
    context_f=_context,
    step_f=ResidualLadderStep,
)


class LadderDenseNet(Segmenter):
    """Segmentation of large images, by a DenseNet whose feature maps a ladder fuses.

    Krešo et al.: Efficient ladder-style DenseNets for semantic segmentation of large images, 2020
    (LDN). The reference implementation is github.com/ivankreso/LDN, whose parameters it has.
    Differences: nothing is computed again in the backward pass unless the groups are told to (see
    ``Seq.checkpoint``), there are no auxiliary losses, and the head is initialized as all else.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone; its ``depth`` is 121.
        split_group: the group in the middle of which the resolution is halved, so that it gives
            two feature maps; None for none.
        pool_f: makes what halves it.
        decoder_f: makes the ladder, with spatial pyramid pooling below it. It has a width for each
            step: one less than there are feature maps.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count, H, W), for H and W of 64 or more.

    Raises:
        ConfigError: where the backbone has no such group.

    >>> import torch
    >>> with torch.device("meta"):
    ...     model = LadderDenseNet(19).build((1, 3, 256, 512))
    >>> sum(p.numel() for p in model.parameters())
    10314515
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Callable[[], nn.Module] = _densenet,
        split_group: str | None = "group2",
        pool_f: Callable[[], nn.Module] = halve_by_average,
        decoder_f: Callable[[], nn.Module] = _ladder,
        head_f: Callable[[int], nn.Module] = preact_head,
        init: Callable[[nn.Module], None] | None = partial(initialize_kaiming, mode="fan_in"),
    ) -> None:
        super().__init__(
            class_count,
            backbone_f=backbone_f,
            decoder_f=decoder_f,
            head_f=head_f,
            activated=False,
            init=init,
        )
        if split_group is not None:
            self.feature_paths = _pool_within(self.backbone, split_group, pool_f())


def _pool_within(backbone: Any, name: str, pool: nn.Module) -> tuple[str, ...]:
    """Puts ``pool`` into the middle of a group; gives where feature maps are then."""
    groups = ends_of_groups(backbone, activated=False)
    if name not in groups:
        raise unknown_name("group", name, groups, type(backbone).__name__)
    group = backbone[name]
    if len(group) < 2:
        raise ConfigError(f"{name} has {len(group)} block, so there is no middle to pool at")
    first, second = group[: len(group) // 2], group[len(group) // 2 :]
    backbone[name] = first.append(pool, "pool").join(second)
    end = groups.index(name)
    return (*groups[:end], f"{name}.{first.names[-2]}", *groups[end:])
