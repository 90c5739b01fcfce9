"""The fourteen operations of RandAugment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._augmentation import Augmentation
from labwork.data.augmentation._color import brighten, contrast, per_sample, saturate
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._fields import FieldKinds
from labwork.data.augmentation._geometric import Warping
from labwork.data.augmentation._operation import Photometric, Size
from labwork.data.augmentation._placement import Placement, about_centre
from labwork.data.augmentation._tones import (
    autocontrast,
    equalize,
    posterize,
    sharpened,
    solarize,
)

__all__ = ["operations"]

Factors = NDArray[np.float64]

_ENHANCE: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "brightness": brighten,
    "contrast": contrast,
    "saturation": saturate,
    "sharpness": sharpened,
}


@final
@dataclass(frozen=True, repr=False, eq=False)
class _Enhance(Photometric[Factors]):
    """A factor of 1 + amount or 1 - amount."""

    kind: str
    amount: float

    def draw(self, rng: Draws, size: Size) -> Factors:
        return 1 + rng.signs() * self.amount

    def values(self, images: Tensor, drawn: Factors) -> Tensor:
        return _ENHANCE[self.kind](images, per_sample(drawn, images))


@final
@dataclass(frozen=True, repr=False, eq=False)
class _Tone(Photometric[None]):
    """A change of tone with nothing random in it."""

    kind: Literal["identity", "autocontrast", "equalize", "posterize", "solarize"]
    amount: float = 0.0

    def draw(self, rng: Draws, size: Size) -> None:
        return None

    def values(self, images: Tensor, drawn: None) -> Tensor:
        match self.kind:
            case "autocontrast":
                return autocontrast(images)
            case "equalize":
                return equalize(images)
            case "posterize":
                return posterize(images, round(self.amount))
            case "solarize":
                return solarize(images, self.amount)
        return images


@final
@dataclass(frozen=True, repr=False, eq=False)
class _Move(Warping):
    """A rotation (radians), a shear or a shift (part of the side), to either side."""

    kind: Literal["rotate", "shear_x", "shear_y", "shift_x", "shift_y"]
    amount: float

    def draw(self, rng: Draws, size: Size) -> Placement:
        amounts = rng.signs() * self.amount
        placement = about_centre(self._matrices(amounts), size, size)
        if not self.kind.startswith("shift"):
            return placement
        axis = int(self.kind == "shift_y")
        shift = np.zeros((rng.count, 2))
        shift[:, axis] = np.rint(amounts * size[1 - axis])
        return placement._replace(shift=shift)

    def _matrices(self, amounts: Factors) -> Factors:
        matrices = np.tile(np.eye(2), (len(amounts), 1, 1))
        match self.kind:
            case "rotate":
                cos, sin = np.cos(amounts), np.sin(amounts)
                matrices[:] = np.moveaxis(np.array([[cos, -sin], [sin, cos]]), 2, 0)
            case "shear_x":
                matrices[:, 0, 1] = amounts
            case "shear_y":
                matrices[:, 1, 0] = amounts
        return matrices


def operations(
    strength: float, mode: Literal["nearest", "bilinear"], fields: FieldKinds | None
) -> list[Augmentation]:
    """The operations, ``strength`` being from 0 to 1."""
    moves = [
        _Move("rotate", np.radians(30) * strength, fields=fields, interpolation=mode),
        _Move("shear_x", 0.3 * strength, fields=fields, interpolation=mode),
        _Move("shear_y", 0.3 * strength, fields=fields, interpolation=mode),
        _Move("shift_x", 150 / 331 * strength, fields=fields, interpolation=mode),
        _Move("shift_y", 150 / 331 * strength, fields=fields, interpolation=mode),
    ]
    tones = [
        _Tone("identity", fields=fields),
        _Tone("autocontrast", fields=fields),
        _Tone("equalize", fields=fields),
        _Tone("posterize", 8 - round(4 * strength), fields=fields),
        _Tone("solarize", 1 - strength + 1 / 255, fields=fields),
    ]
    return [*moves, *tones, *(_Enhance(kind, 0.9 * strength, fields=fields) for kind in _ENHANCE)]
