"""Operation: draws once for each sample, and applies what it drew to each field by its kind."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar

import torch
from torch import Tensor

from labwork.data._lazy_image import LazyImage
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._augmentation import Augmentation
from labwork.data.augmentation._draws import Draws, batch_shape
from labwork.data.augmentation._fields import (
    FieldKinds,
    Kind,
    check_fields,
    fold,
    is_changed,
    kinds_in,
    pixel_size,
    undecoded_in,
    unfold,
)
from labwork.data.augmentation._values import check_values

__all__ = ["Operation", "Photometric", "Size"]

Drawn = TypeVar("Drawn")
Size = tuple[int, int]


@dataclass(frozen=True, repr=False, eq=False)
class Operation(Augmentation, Generic[Drawn]):
    """An augmentation that draws once for each sample, for all fields that belong together.

    A subclass is a frozen dataclass, is final, and defines ``draw`` and what it does with each
    kind of field. It draws from what ``draw`` is given alone; else ``runs_code`` has to say so.
    Fields have the samples in front there, also where a single sample is changed:

    - images (N, T, C, H, W), uint8 or floating point in [0, 1]; T frames, 1 for plain images
    - maps (N, T, H, W), signed integers, -1 = void
    - points (N, K, 2), x and y, where (0, 0) is the centre of the upper left pixel
    - boxes (N, K, 4), left, top, right and bottom edge, where (0, 0) is the image's corner

    In a record, an image has the shape (C, H, W) or, as a sequence, (T, C, H, W), and so on; in
    a batch with N in front.

    Args:
        fields: the kinds of fields by name, each ``"image"``, ``"map"``, ``"points"`` or
            ``"boxes"``; by default ``image`` is an image, ``label`` a map where it has two
            dimensions or more, and ``points`` and ``boxes`` are themselves. All others stay.

    Raises:
        ConfigError: where a field isn't what its kind says, or sizes of images and maps differ.
    """

    fields: FieldKinds | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        check_fields(self.fields)
        self.check()

    def check(self) -> None:
        """Raises a ``ConfigError`` where an argument is wrong."""

    @property
    def runs_code(self) -> bool:
        return False

    def on(self, **fields: Kind) -> Self:
        return replace(self, fields=fields)

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            name: array
            for name, array in labels.items()
            if not is_changed(array, name, self.fields)
        }

    @abstractmethod
    def draw(self, rng: Draws, size: Size) -> Drawn:
        """What is random, for each of ``rng.count`` images with ``size`` = (height, width)."""

    @abstractmethod
    def image(self, images: Tensor, drawn: Drawn) -> Tensor:
        """The changed images."""

    def map(self, maps: Tensor, drawn: Drawn) -> Tensor:
        """The changed label maps."""
        return maps

    def points(self, points: Tensor, drawn: Drawn) -> Tensor:
        """The changed key points."""
        return points

    def boxes(self, boxes: Tensor, drawn: Drawn) -> Tensor:
        """The changed boxes."""
        return boxes

    @property
    def by_windows(self) -> bool:
        """Whether it needs but a window of an image, which ``cut_out`` takes."""
        return False

    def cut_out(self, image: LazyImage, drawn: Drawn) -> tuple[Tensor, Drawn]:
        """What is needed of an image that is yet to be decoded, and what was drawn, for that."""
        raise NotImplementedError

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        find = undecoded_in if self.by_windows else kinds_in
        fields: Mapping[str, Any] = find(record, self.fields, batch_shape(rng))
        draws = Draws(rng)
        drawn = self.draw(draws, pixel_size(fields))
        new = {n: self._changed(k, v, drawn, draws.count) for n, (k, v) in fields.items()}
        return record.join(Record(new), overwrite=True)

    def _changed(self, kind: Kind, value: Tensor | LazyImage, drawn: Drawn, count: int) -> Tensor:
        if isinstance(value, LazyImage):
            value, drawn = self.cut_out(value, drawn)
        changed: Tensor = getattr(self, kind)(fold(value, kind, count), drawn)
        return unfold(changed, kind, value)


@dataclass(frozen=True, repr=False, eq=False)
class Photometric(Operation[Drawn]):
    """An operation that changes the values of images, and neither maps, points nor boxes.

    A subclass defines ``values`` for floating point images in [0, 1]; those of uint8 are
    converted there and back, and the result is kept in [0, 1].

    Raises:
        ConfigError: where floating point images on a CPU aren't in [0, 1].
    """

    @abstractmethod
    def values(self, images: Tensor, drawn: Drawn) -> Tensor:
        """The changed images (N, T, C, H, W), of any values; ``images`` stay as they are."""

    def image(self, images: Tensor, drawn: Drawn) -> Tensor:
        if images.dtype == torch.uint8:
            changed = self.values(images.float() / 255, drawn).clamp(0, 1)
            return (changed * 255).round().to(torch.uint8)
        check_values(images)
        return self.values(images, drawn).clamp(0, 1)
