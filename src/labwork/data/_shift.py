"""Random shift: the plainest augmentation of small images."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from labwork.data._record import Record
from labwork.data._rng import SampleRng

__all__ = ["RandomShift"]


class RandomShift:
    """Moves each image by up to ``most`` pixels along both axes; zeros come in at the border.

    To be used with ``Dataset.augment``, by samples or by batches. It is the "pad and crop" of
    CIFAR training (Lee et al.: Deeply-supervised nets, 2015).

    Args:
        most: the largest shift in pixels, 0 or more.
        field: the name of the images, shape (C, H, W) or (N, C, H, W).

    >>> from labwork.data import Digits
    >>> Digits("test").augment(RandomShift(1))
    Digits('test').augment(RandomShift(1))
    """

    batched = True
    runs_code = False  # it draws from rng alone

    def __init__(self, most: int, field: str = "image") -> None:
        self.most, self.field = most, field

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        image: Tensor = record[self.field]
        shifts = torch.from_numpy(rng.integers(0, 2 * self.most + 1, size=(2,)))
        images = image if image.ndim == 4 else image[None]
        moved = _shift(images, shifts.reshape(-1, 2), self.most)
        new = Record({self.field: moved if image.ndim == 4 else moved[0]})
        return record.join(new, overwrite=True)

    def map_labels(self, labels: Mapping[str, Any]) -> Mapping[str, Any]:
        """The labels of all samples; images stay none."""
        return {name: array for name, array in labels.items() if name != self.field}

    def __repr__(self) -> str:
        field = "" if self.field == "image" else f", field={self.field!r}"
        return f"RandomShift({self.most}{field})"


def _shift(images: Tensor, starts: Tensor, margin: int) -> Tensor:
    """Crops (N, C, H, W) out of the images padded by ``margin``, each at its start (N, 2)."""
    count, _, height, width = images.shape
    padded = F.pad(images, [margin] * 4)
    rows = (starts[:, :1] + torch.arange(height))[:, None, :, None]
    columns = (starts[:, 1:] + torch.arange(width))[:, None, None, :]
    channels = torch.arange(images.shape[1])[None, :, None, None]
    return padded[torch.arange(count)[:, None, None, None], channels, rows, columns]
