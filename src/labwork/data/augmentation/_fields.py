"""What the fields of a record are, and their values with one sample dimension in front."""

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from labwork.core import ConfigError, unknown_name
from labwork.data._lazy_image import LazyImage
from labwork.data._record import Record

__all__ = [
    "FieldKinds",
    "Kind",
    "check_fields",
    "refuse_channels_last",
    "fold",
    "is_changed",
    "kinds_in",
    "pixel_size",
    "undecoded_in",
    "unfold",
]

Kind = Literal["image", "map", "points", "boxes"]
FieldKinds = Mapping[str, Kind]

_DEFAULT: FieldKinds = {"image": "image", "label": "map", "points": "points", "boxes": "boxes"}
_DIMENSIONS: Mapping[Kind, int] = {"image": 3, "map": 2, "points": 2, "boxes": 2}
_KEPT: Mapping[Kind, int] = {"image": 3, "map": 2, "points": 1, "boxes": 1}  # by folding
_SHAPES: Mapping[Kind, str] = {
    "image": "uint8 or floating point of shape (C, H, W)",
    "map": "signed integers of shape (H, W)",
    "points": "floating point of shape (K, 2)",
    "boxes": "floating point of shape (K, 4)",
}

_SHORTEST_SIDE, _LARGEST_RATIO = 16, 4  # of a picture


def check_fields(fields: FieldKinds | None) -> None:
    """Checks that fields are of known kinds."""
    for name, kind in (fields or {}).items():
        if kind not in get_args(Kind):
            raise unknown_name("kind", kind, get_args(Kind), f"fields, for {name!r}")


def kinds_in(
    record: Record, asked: FieldKinds | None, lead: tuple[int, ...]
) -> dict[str, tuple[Kind, Tensor]]:
    """The fields of ``record`` that have a kind, with their kinds and values.

    Args:
        record: a sample or a batch.
        asked: the kinds of fields; by default those of this module that are there, where a
            ``label`` with fewer than two dimensions a sample is no map.
        lead: (N,) for a batch, () for a sample.
    """
    kinds = _kinds(record, asked, lead).items()
    return {name: (kind, _checked(name, kind, record[name], lead)) for name, kind in kinds}


def undecoded_in(
    record: Record, asked: FieldKinds | None, lead: tuple[int, ...]
) -> dict[str, tuple[Kind, Tensor | LazyImage]]:
    """The same, save that images of which windows cost less than the whole aren't decoded."""
    found: dict[str, tuple[Kind, Tensor | LazyImage]] = {}
    for name, kind in _kinds(record, asked, lead).items():
        image = record.undecoded(name) if kind == "image" else None
        value = _checked(name, kind, record[name], lead) if image is None else image
        found[name] = kind, value
    return found


def _kinds(record: Record, asked: FieldKinds | None, lead: tuple[int, ...]) -> dict[str, Kind]:
    for name in asked or ():
        if name not in record:
            raise unknown_name("field", name, record.keys(), "fields=")
    kinds = dict(asked) if asked is not None else _usual(record, lead)
    if "image" not in kinds.values():
        raise ConfigError(
            f"the record has {', '.join(record.keys())}, and no image; say which field is one:"
            " fields={'picture': 'image'}"
        )
    return kinds


def _usual(record: Record, lead: tuple[int, ...]) -> dict[str, Kind]:
    there = {name: kind for name, kind in _DEFAULT.items() if name in record}
    return {n: k for n, k in there.items() if k != "map" or not _is_class(record[n], k, lead)}


def is_changed(values: Any, name: str, asked: FieldKinds | None) -> bool:
    """Whether a field, of which ``values`` are those of all samples, has a kind."""
    if asked is not None:
        return name in asked
    return name in _DEFAULT and not _is_class(values, _DEFAULT[name], (len(values),))


def _is_class(value: Any, kind: Kind, lead: tuple[int, ...]) -> bool:
    return kind == "map" and getattr(value, "ndim", 0) < len(lead) + 2


def _checked(name: str, kind: Kind, value: Any, lead: tuple[int, ...]) -> Tensor:
    batch = "a batch of " if lead else ""
    if not isinstance(value, Tensor):
        message = f"must be a tensor, not {type(value).__name__}; torch.from_numpy makes one"
        raise ConfigError(f"field {name!r} {message}")
    expected = {"points": (2,), "boxes": (4,)}.get(kind, value.shape[-1:])
    few = value.ndim < len(lead) + _DIMENSIONS[kind]
    if few or value.shape[-1:] != expected or not _has_type(kind, value):
        shown = f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
        raise ConfigError(f"field {name!r} must be {batch}{_SHAPES[kind]}, not {shown}")
    if value.shape[: len(lead)] != lead:
        message = f"has {len(value)} samples, the rng draws for {lead[0]}"
        raise ConfigError(f"field {name!r} {message}")
    if kind == "image":
        refuse_channels_last(name, value)
    return value


def refuse_channels_last(name: str, images: Tensor) -> None:
    """Refuses images (..., H, W, C), as decoders and NumPy lay them out.

    They are told by a last dimension of 1, 3 or 4 behind two that are the sides of a picture, and
    no number of channels and a height: both long, and neither much longer than the other.

    Raises:
        ConfigError: with the permutation that is needed.
    """
    *_, first, second, last = images.shape
    short, long = sorted((first, second))
    if last in (1, 3, 4) and short >= _SHORTEST_SIDE and long <= _LARGEST_RATIO * short:
        n = images.ndim
        order = ", ".join(map(str, (*range(n - 3), n - 1, n - 3, n - 2)))
        raise ConfigError(
            f"field {name!r} of shape {tuple(images.shape)} seems to be (H, W, C), and images are"
            f" (C, H, W): {name}.permute({order})"
        )


def _has_type(kind: Kind, value: Tensor) -> bool:
    if kind == "map":
        return value.dtype.is_signed and not value.is_floating_point()
    return value.is_floating_point() or (kind == "image" and value.dtype == torch.uint8)


def pixel_size(fields: Mapping[str, tuple[Kind, Tensor | LazyImage]]) -> tuple[int, int]:
    """(H, W) of the images and label maps, which all must have."""
    sizes = {n: tuple(v.shape[-2:]) for n, (k, v) in fields.items() if k in ("image", "map")}
    if len(set(sizes.values())) > 1:
        shown = ", ".join(f"{name} {h}×{w}" for name, (h, w) in sizes.items())
        raise ConfigError(f"images and label maps of a record must have one size, not {shown}")
    height, width = next(iter(sizes.values()))
    return height, width


def fold(value: Tensor, kind: Kind, count: int) -> Tensor:
    """(N, T, C, H, W) of images, (N, T, H, W) of maps, (N, K, 2) of points, (N, K, 4) of boxes.

    Frames of a sequence are along T, which is 1 for single images.
    """
    trailing = value.shape[-_KEPT[kind] :]
    items = value.numel() // max(1, count * math.prod(trailing))  # -1 fails for empty tensors
    return value.reshape(count, items, *trailing)


def unfold(folded: Tensor, kind: Kind, like: Tensor) -> Tensor:
    """The inverse of ``fold``, for values that may have another height and width."""
    lead = like.shape[: like.ndim - _KEPT[kind]]
    return folded.reshape(*lead, *folded.shape[2:])
