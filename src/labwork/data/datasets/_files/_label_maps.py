"""Decodes label maps: images whose pixels are numbers of classes."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError
from labwork.data.datasets._files._images import image_size
from labwork.data.datasets._files._open_image import open_image

__all__ = ["class_lookup", "read_label_map"]

_UNKNOWN = -2


def class_lookup(classes: dict[int, int]) -> NDArray[np.int64]:
    """A table from the numbers in a file to classes, shape (65536,), for ``read_label_map``.

    >>> class_lookup({0: 0, 255: -1})[[0, 255]].tolist()
    [0, -1]
    """
    table = np.full(2**16, _UNKNOWN, np.int64)
    table[list(classes)] = list(classes.values())
    return table


def read_label_map(path: Path, image: Path, lookup: NDArray[np.int64], shrink: int = 1) -> Tensor:
    """The classes of the pixels of ``image``, int64 of shape (H, W), -1 where there is none.

    Args:
        path: the label map, a file of grey values or of numbers in a palette.
        image: the image it belongs to, whose size it must have.
        lookup: from the numbers in the file to classes, as ``class_lookup`` makes it.
        shrink: of each square of this many pixels a side, the one in its middle is kept.

    Raises:
        ConfigError: where it can't be decoded, has another size than the image, or holds a
            number that is no class.
    """
    numbers = _numbers(path)
    if numbers.shape != (size := image_size(image)):
        is_turned = numbers.shape == size[::-1]
        hint = "; a photo and its label map are paired as they are stored, not as they are turned"
        raise ConfigError(
            f"the label map {path} has {numbers.shape[1]}×{numbers.shape[0]} pixels, but its "
            f"image {image} has {size[1]}×{size[0]}{hint if is_turned else ''}"
        )
    numbers = numbers[shrink // 2 :: shrink, shrink // 2 :: shrink]
    classes = lookup[numbers]
    if classes.size and classes.min() == _UNKNOWN:
        row, column = np.argwhere(classes == _UNKNOWN)[0] * shrink + shrink // 2
        number = numbers[row // shrink, column // shrink]
        raise ConfigError(
            f"the label map {path} holds {number}, which is no class (known are "
            f"{_ranges(np.flatnonzero(lookup != _UNKNOWN))}), at [{row}, {column}]"
        )
    return torch.from_numpy(classes)


def _ranges(numbers: NDArray[Any]) -> str:
    """Ascending numbers, in short.

    >>> _ranges(np.array([0, 1, 2, 255]))
    '0-2, 255'
    """
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else f"{r[0]}" for r in runs)


def _numbers(path: Path) -> NDArray[np.uint16]:
    with open_image(path) as image:
        if image.mode not in ("L", "P", "1", "I;16", "I;16B"):
            kind = "pixels of 32 bits" if image.mode in ("I", "F") else f"colors ({image.mode})"
            raise ConfigError(
                f"the label map {path} has {kind}; one number a pixel is needed, of 8 or 16 bits"
            )
        return np.array(image).astype(np.uint16)
