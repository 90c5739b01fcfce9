"""CutMix: a rectangle of another image of the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

import torch
from torch import Tensor

from labwork.core import ConfigError, suggestion
from labwork.nn._precision import precise
from labwork.nn.perturbations._balls import Box
from labwork.nn.perturbations._batch_perturbation import BatchPerturbation
from labwork.nn.perturbations._distributions import Distribution
from labwork.nn.perturbations._draws import uniform
from labwork.nn.perturbations._moving import check_images, is_map
from labwork.nn.perturbations._perturbation import Given

__all__ = ["CutMix"]

Partners = Literal["pairs", "roll"]


@final
@dataclass(frozen=True)
class SameArea(Distribution):
    """Both sides √(1 - λ), with λ from [0, 1): rectangles of uniform area and the image's shape."""

    def sample(
        self, like: Tensor, center: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        return uniform(like[:, :1], generator).sqrt().expand_as(like).to(like.dtype)


class CutMix(BatchPerturbation):
    """Puts a rectangle of another image of the batch into each: ``x + a (x' - x)``.

    a is the share of a pixel that the rectangle covers: 1 within, and a fraction only where its
    edge passes through the pixel, so that gradients reach the rectangle. Label maps and masks get
    the other's pixels where more than half is covered. What has a number for each class is
    mixed: maps (N, K, H, W) by a, labels (N, K) by the rectangle's share of the image. Yun et al.:
    CutMix: regularization strategy to train strong classifiers with localizable features, 2019;
    for consistency, French et al.: Semi-supervised semantic segmentation needs strong, varied
    perturbations, 2020.

    Args:
        partners: ``"pairs"``: samples 0 and 1 are each other's partners, so are 2 and 3, …;
            ``"roll"``: each sample's partner is the one before it, and the first one's the last.
        init: what ``init_`` draws parameters from by default; otherwise as in Yun et al., section
            3.1, with λ from Beta(1, 1): ``center`` anywhere in the image, and ``size`` √(1 - λ) for
            both sides. Of the rectangle, what is outside of the image is cut off.

    Shape: (N, C, H, W), N even for pairs; ``center`` and ``size`` are (N, 2), x before y, where 1
    is the width or the height of the image.

    >>> x = torch.arange(2.0).reshape(2, 1, 1, 1).expand(2, 1, 2, 4)
    >>> label = torch.eye(2)  # the probabilities of two classes
    >>> model = CutMix().reset(x).init_({"size": Box(0.5, 0.5)})
    >>> mixed, soft = model(x, label)
    >>> soft.detach()
    tensor([[0.7500, 0.2500],
            [0.2500, 0.7500]])
    """

    center: Tensor
    size: Tensor
    defaults: ClassVar[Mapping[str, float]] = {"center": 0.5, "size": 0.0}
    usual: ClassVar[Mapping[str, Distribution] | None] = {"center": Box(0, 1), "size": SameArea()}
    shown = ("partners",)

    def __init__(
        self, partners: Partners = "pairs", *, init: Given[Distribution] | None = None
    ) -> None:
        super().__init__(init=init)
        if partners not in get_args(Partners):
            hint = suggestion(partners, get_args(Partners))
            raise ConfigError(f"CutMix: partners must be 'pairs' or 'roll', not {partners!r}{hint}")
        self.partners = partners

    def parameter_shape(self, x: Tensor) -> tuple[int, ...]:
        check_images(self, x)
        return (len(x), 2)

    def change(
        self, x: Tensor, y: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        covered = self.covered(x)
        return (
            self._mix(x, covered),
            None if y is None else self._mix_labels(x, y, covered),
            None if mask is None else self._mix_labels(x, mask, covered),
        )

    def covered(self, x: Tensor) -> Tensor:
        """The share of each pixel that the rectangle covers, (N, H, W)."""
        height, width = x.shape[2:]
        columns, rows = self._overlaps(0, width), self._overlaps(1, height)
        return rows[:, :, None] * columns[:, None, :]

    def _overlaps(self, axis: int, count: int) -> Tensor:
        """How much of each of ``count`` pixels lies in the rectangle, (N, count)."""
        center, size = precise(self.center[:, axis]), precise(self.size[:, axis])
        start, end = (center - 0.5 * size) * count, (center + 0.5 * size) * count
        pixels = torch.arange(count, device=start.device, dtype=start.dtype)
        first, last = torch.maximum(start[:, None], pixels), torch.minimum(end[:, None], pixels + 1)
        return (last - first).clamp_min(0)

    def _mix_labels(self, x: Tensor, y: Tensor, covered: Tensor) -> Tensor:
        if is_map(y, x):
            return self._mix(y, covered)
        if y.ndim == 1 or not y.is_floating_point():
            raise ConfigError(
                f"CutMix mixes labels, so classes {tuple(y.shape)} have to be probabilities (N, K),"
                " such as torch.nn.functional.one_hot(y, class_count).float()"
            )
        return self._mix(y, covered.mean((1, 2)))

    def _mix(self, own: Tensor, covered: Tensor) -> Tensor:
        other = self._partners_of(own)
        share = covered.reshape(len(own), *[1] * (own.ndim - covered.ndim), *covered.shape[1:])
        if not own.is_floating_point():
            return other.where(share > 0.5, own)
        wide = precise(own)
        return (wide + share * (other - wide)).to(own.dtype)

    def _partners_of(self, values: Tensor) -> Tensor:
        if self.partners == "roll":
            return values.roll(1, 0)
        if len(values) % 2:
            raise ConfigError(f"CutMix('pairs') needs an even number of samples, not {len(values)}")
        return values.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
