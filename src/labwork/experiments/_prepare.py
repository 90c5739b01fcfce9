"""What trainers are given: float images in [0, 1] and labels, as tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.data import Dataset, Record

__all__ = ["prepare"]


def prepare(dataset: Dataset, *, keeps_bytes: bool = False) -> Dataset:
    """``dataset`` with its images as float32 tensors (C, H, W) in [0, 1] and labels as tensors.

    What is so already stays as it is, and costs nothing.

    Args:
        dataset: of records.
        keeps_bytes: whether images of uint8 stay uint8, as what is stored is prepared when it is
            read.

    >>> from labwork.data import FunctionDataset
    >>> raw = FunctionDataset(lambda i: Record(image=np.full((4, 6, 3), 51, np.uint8), label=i), 2)
    >>> sample = prepare(raw)[1]
    >>> sample.image.shape, round(sample.image.max().item(), 3), sample.label
    (torch.Size([3, 4, 6]), 0.2, tensor(1))
    """
    if len(dataset) == 0:
        raise ConfigError(f"{dataset!r} has no samples")
    sample = dataset[0]
    if not isinstance(sample, Record):
        raise ConfigError(f"the samples of {dataset!r} are no records: {sample!r}")
    is_image, as_image = (_is_stored, _as_stored) if keeps_bytes else (_is_image, _as_image)
    checks = {"image": is_image, "label": _is_tensor}
    is_ready = [f(sample[name]) for name, f in checks.items() if name in sample]
    return dataset if all(is_ready) else dataset.map(_Prepare(as_image))


class _Prepare:
    """Converts the image and the label of a record."""

    def __init__(self, as_image: Callable[[Any], Tensor]) -> None:
        self._as_image = as_image

    def __call__(self, record: Record) -> Record:
        convert = {"image": self._as_image, "label": torch.as_tensor}
        fields = {name: f(record[name]) for name, f in convert.items() if name in record}
        return record.join(Record(fields), overwrite=True)

    def __repr__(self) -> str:
        return "prepare"


def _is_image(value: Any) -> bool:
    return isinstance(value, Tensor) and value.ndim == 3 and value.is_floating_point()


def _is_stored(value: Any) -> bool:
    is_bytes = isinstance(value, Tensor) and value.ndim == 3 and value.dtype == torch.uint8
    return _is_image(value) or (is_bytes and not _has_channels_last(value, is_tensor=True))


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _as_stored(value: Any) -> Tensor:
    pixels = _as_pixels(value)
    return pixels if pixels.dtype == torch.uint8 else _as_image(value)


def _as_image(value: Any) -> Tensor:
    if _is_image(value):
        return value
    pixels = _as_pixels(value)
    if pixels.is_floating_point():
        return pixels.float()
    return pixels.float() / _brightest(pixels.dtype)


def _as_pixels(value: Any) -> Tensor:
    """A tensor (C, H, W)."""
    if isinstance(value, Tensor):
        pixels = value
    else:  # a copy where it can't be written to, as pictures of Pillow can't
        pixels = torch.from_numpy(np.require(value, requirements="W"))
    if pixels.ndim == 2:
        pixels = pixels[None]
    elif pixels.ndim == 3 and _has_channels_last(pixels, isinstance(value, Tensor)):
        pixels = pixels.permute(2, 0, 1)
    if pixels.ndim != 3:
        raise ConfigError(
            f"an image has shape {tuple(pixels.shape)}; (H, W), (H, W, C) or (C, H, W)"
        )
    return pixels.contiguous()


def _has_channels_last(pixels: Tensor, is_tensor: bool) -> bool:
    """What can be either is taken for what its kind mostly is: arrays (H, W, C), tensors not."""
    first, last = (size in (1, 3, 4) for size in (pixels.shape[0], pixels.shape[-1]))
    return last and not (is_tensor and first)


def _brightest(dtype: torch.dtype) -> float:
    return 1.0 if dtype == torch.bool else float(torch.iinfo(dtype).max)
