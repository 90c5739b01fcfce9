"""RandAugment: a few random operations of one strength."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, final

from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._augmentation import Augmentation, Sequential
from labwork.data.augmentation._checks import at_least, between, one_of
from labwork.data.augmentation._choice import OneOf
from labwork.data.augmentation._fields import FieldKinds, Kind, check_fields
from labwork.data.augmentation._rand_operations import operations

__all__ = ["RandAugment"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandAugment(Augmentation):
    """Applies ``count`` operations, each drawn from the same fourteen, in the strength given.

    With the strength s = magnitude / 30 these are: identity, autocontrast and equalize; rotation
    by 30 s degrees, shear by 0.3 s along x or y, a shift by 150/331 s of the width or height;
    posterizing to 8 - 4 s bits, solarizing from 1 - s on; saturation, contrast, brightness and
    sharpness with the factor 1 + 0.9 s or 1 - 0.9 s. Directions are random. From Cubuk et al.:
    RandAugment: Practical automated data augmentation with a reduced search space, 2020. Label
    maps, key points and boxes move along.

    Args:
        count: operations for each sample, N in the paper, 0 or more.
        magnitude: their strength, M in the paper, from 0 to 30.
        interpolation: of images that move, ``"bilinear"`` or ``"nearest"``.
        fields: see ``Operation``.

    Shape: images (1, H, W) or (3, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dataset = ArrayDataset(image=torch.rand(8, 3, 16, 16)).augment(RandAugment(2, 14))
    >>> dataset
    ArrayDataset(image=(8, 3, 16, 16)).augment(RandAugment(magnitude=14))
    >>> dataset[0].image.shape
    torch.Size([3, 16, 16])
    """

    count: int = 2
    magnitude: float = 9
    interpolation: Literal["nearest", "bilinear"] = "bilinear"
    fields: FieldKinds | None = None

    def __post_init__(self) -> None:
        at_least(self, 0, count=self.count)
        between(self, 0, 30, magnitude=self.magnitude)
        one_of(self, ("nearest", "bilinear"), interpolation=self.interpolation)
        check_fields(self.fields)

    def on(self, **fields: Kind) -> "RandAugment":
        return replace(self, fields=fields)

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self._chain.map_labels(labels)

    @property
    def runs_code(self) -> bool:
        return False

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        return self._chain(record, rng)

    @cached_property
    def _chain(self) -> Sequential:
        choice = OneOf(*operations(self.magnitude / 30, self.interpolation, self.fields))
        return Sequential(*[choice] * self.count)
