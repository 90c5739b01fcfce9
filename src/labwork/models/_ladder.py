"""LadderDecoder: from the coarsest feature map to the finest, one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._conv_units import NormActConv, resize
from labwork.models._convolutional import Factory
from labwork.models._spatial_pyramid import SpatialPyramidPooling
from labwork.nn import Module

__all__ = ["LadderDecoder", "LadderStep", "ResidualLadderStep"]

_blend = partial(NormActConv, kernel_size=3)


class LadderStep(Module):
    """Coarse features, upsampled; the finer ones of the backbone; their sum, blended.

    Args:
        width: channels of the output.
        lateral_f: makes what gives finer features as many channels as the coarse ones have, for
            that number; None where they have them.
        blend_f: makes what blends the sum, for a width.

    Shape: (N, C, H/2, W/2) and (N, D, H, W) to (N, width, H, W). Any other size is upsampled, too.

    >>> import torch
    >>> LadderStep(64)(torch.zeros(2, 128, 4, 4), torch.zeros(2, 256, 7, 8)).shape
    torch.Size([2, 64, 7, 8])
    """

    def __init__(
        self, width: int, *, lateral_f: Factory | None = NormActConv, blend_f: Factory = _blend
    ) -> None:
        super().__init__()
        self._lateral_f = lateral_f
        self.blend = blend_f(width)

    def setup(self, x: Tensor, finer: Tensor) -> None:
        """Makes the lateral connection for the number of channels."""
        make = self._lateral_f
        self.lateral = nn.Identity() if make is None else make(x.shape[1])

    def forward(self, x: Tensor, finer: Tensor) -> Tensor:
        """Coarse and finer features together."""
        finer = self.lateral(finer)
        return self.blend(resize(x, like=finer) + finer)


class ResidualLadderStep(LadderStep):
    """A step of the ladder beside a shortcut for the coarse features.

    As in the reference implementation of Krešo et al.: Efficient ladder-style DenseNets for
    semantic segmentation of large images, 2020.

    Args:
        width: channels of the output.
        bottleneck: the most channels that the 3×3 convolution takes; where there are more, a 1×1
            convolution comes before it.
        unit_f: makes a convolution, with what is around it, for a width and a kernel size.

    Shape: as that of ``LadderStep``.

    >>> import torch
    >>> step = ResidualLadderStep(64).build((2, 256, 4, 4), (2, 512, 8, 8))
    >>> step.squeeze.conv.out_channels, step.shortcut.conv.out_channels
    (128, 64)
    """

    def __init__(self, width: int, *, bottleneck: int = 128, unit_f: Factory = NormActConv) -> None:
        super().__init__(width, lateral_f=unit_f, blend_f=partial(unit_f, kernel_size=3))
        check_counts(self, width=width, bottleneck=bottleneck)
        self._width, self._bottleneck, self._unit_f = width, bottleneck, unit_f

    def setup(self, x: Tensor, finer: Tensor) -> None:
        """Makes the layers for the number of channels."""
        super().setup(x, finer)
        channels = x.shape[1]
        is_narrow, is_kept = channels <= self._bottleneck, channels == self._width
        self.squeeze = nn.Identity() if is_narrow else self._unit_f(self._bottleneck)
        self.shortcut = nn.Identity() if is_kept else self._unit_f(self._width)

    def forward(self, x: Tensor, finer: Tensor) -> Tensor:
        """Coarse and finer features together."""
        finer = self.lateral(finer)
        x = resize(x, like=finer)
        return self.blend(self.squeeze(x + finer)) + self.shortcut(x)


class LadderDecoder(Module):
    """Context for the coarsest feature map, then a step of the ladder for each finer one.

    Args:
        widths: channels after each step, the coarsest first; or one number for all. None for those
            of the finer feature map.
        context_f: makes what takes the coarsest feature map.
        step_f: makes a step for a width.

    Shape: a list of feature maps, the finest first: (N, C_i, H_i, W_i), to (N, width, H_0, W_0).

    Raises:
        ConfigError: where there isn't a width for each step.

    >>> import torch
    >>> LadderDecoder(64)([torch.zeros(2, 8, 16, 16), torch.zeros(2, 32, 4, 4)]).shape
    torch.Size([2, 64, 16, 16])
    """

    def __init__(
        self,
        widths: int | Sequence[int] | None = 128,
        *,
        context_f: Callable[[], nn.Module] = SpatialPyramidPooling,
        step_f: Factory = LadderStep,
    ) -> None:
        super().__init__()
        check_counts(self, widths=widths)
        self._widths, self._step_f = widths, step_f
        self.context = context_f()

    def setup(self, maps: Sequence[Tensor]) -> None:
        """Makes the steps for the feature maps."""
        own = [x.shape[1] for x in maps[-2::-1]]
        self.steps = make_steps(self._step_f, self._widths or own, len(maps) - 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """The feature maps as one."""
        *finer, x = maps
        return climb(self.steps, self.context(x), finer[::-1])


def make_steps(step_f: Factory, widths: int | Sequence[int], count: int) -> nn.ModuleList:
    """As many steps of a ladder.

    Raises:
        ConfigError: where there isn't a width for each.
    """
    widths = [widths] * count if isinstance(widths, int) else list(widths)
    if len(widths) != count:
        raise ConfigError(
            f"{count + 1} feature maps make {count} steps of a ladder, which need as many widths,"
            f" not {tuple(widths)}"
        )
    return nn.ModuleList(step_f(width) for width in widths)


def climb(steps: nn.ModuleList, x: Any, finer: Sequence[Tensor]) -> Any:
    """``x`` through all steps, with the finer feature maps, of which the finest is the last."""
    for step, lateral in zip(steps, finer, strict=True):
        x = step(x, lateral)
    return x
