"""Transforms of torchvision in a chain of augmentations."""

from collections.abc import Callable
from typing import Any, final

import numpy as np
from torch import Tensor

from labwork.core import ConfigError, import_extra
from labwork.data._record import Record
from labwork.data._rng import SampleRng, seeded_globally
from labwork.data.augmentation._augmentation import Augmentation
from labwork.data.augmentation._draws import batch_shape, split
from labwork.data.augmentation._fields import FieldKinds, Kind, check_fields, kinds_in, pixel_size

__all__ = ["from_torchvision"]


def from_torchvision(
    transform: Callable[..., Any], fields: FieldKinds | None = None
) -> Augmentation:
    """A transform of ``torchvision.transforms.v2`` as an augmentation, done by samples.

    What it draws depends on (seed, epoch, index) alone: the global generators are seeded from
    there while it runs, and put back. Images, label maps and boxes become the types by which
    torchvision tells them apart, and key points those of its version 0.23 and later. Needs
    torchvision: ``pip install torchvision``.

    Args:
        transform: a transform, as torchvision makes it.
        fields: see ``Operation``.

    Raises:
        ConfigError: where torchvision isn't installed, when it is used.

    >>> from_torchvision(str.upper, {"image": "picture"})
    Traceback (most recent call last):
    labwork.core._errors.ConfigError: unknown kind 'picture' in fields, for 'image'; ...
    """
    return _FromTorchvision(transform, fields)


@final
class _FromTorchvision(Augmentation):
    def __init__(self, transform: Callable[..., Any], fields: FieldKinds | None) -> None:
        check_fields(fields)
        self._transform, self._fields = transform, fields

    @property
    def batched(self) -> bool:
        return False

    def on(self, **fields: Kind) -> "_FromTorchvision":
        return _FromTorchvision(self._transform, fields)

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        if batch_shape(rng):
            raise ConfigError("torchvision's transforms draw once a batch: use batched=False")
        fields = kinds_in(record, self._fields, ())
        size = pixel_size(fields)
        typed = {name: _typed(kind, value, size) for name, (kind, value) in fields.items()}
        with seeded_globally(int(np.asarray(split(rng, 1)[0])[()])):
            changed = self._transform(typed)
        plain = {name: value.as_subclass(Tensor) for name, value in changed.items()}
        return record.join(Record(plain), overwrite=True)

    def __repr__(self) -> str:
        fields = "" if self._fields is None else f", fields={self._fields!r}"
        return f"from_torchvision({self._transform!r}{fields})"


def _typed(kind: Kind, value: Tensor, size: tuple[int, int]) -> Any:
    types = import_extra("torchvision.tv_tensors", "from_torchvision")
    match kind:
        case "image":
            return types.Image(value)
        case "map":
            return types.Mask(value)
        case "points":
            return types.KeyPoints(value, canvas_size=size)
    return types.BoundingBoxes(value, format="XYXY", canvas_size=size)
