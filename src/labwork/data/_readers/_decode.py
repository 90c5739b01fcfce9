"""Bytes in a file to what they are, by what they begin with."""

from io import BytesIO
from typing import Any

import numpy as np

from labwork.core import ConfigError
from labwork.data._readers._magic import IMAGE_STARTS, NPY_STARTS, starts_with
from labwork.data.datasets._files import read_image

__all__ = ["decode_by_content"]


def decode_by_content(value: bytes, place: str) -> Any:
    """An image as an array, shape (3, H, W), a NPY file as its array, and all else as it is.

    >>> decode_by_content(b"hello", "a.lmdb")
    b'hello'
    """
    if starts_with(value, IMAGE_STARTS):
        return read_image(place, content=value).numpy()
    if not starts_with(value, NPY_STARTS):
        return value
    try:
        return np.lib.format.read_array(BytesIO(value), allow_pickle=False)
    except ValueError as error:
        raise ConfigError(f"{place}: the array can't be read: {error}") from error
