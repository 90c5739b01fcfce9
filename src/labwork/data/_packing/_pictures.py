"""Which fields of a dataset are images or label maps, and what becomes of them."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_array, bits_of
from labwork.data._packing._image_options import ImageOptions

__all__ = ["as_bytes_of_pixels", "channels_last", "is_map", "is_picture", "prepared"]

_CHANNELS = (1, 3, 4)
_TENSORS = (torch.uint8, torch.float16, torch.float32, torch.float64)
_ARRAYS = (np.uint8, np.float16, np.float32, np.float64)


def is_picture(value: Any) -> bool:
    """Whether it is an image (C, H, W), or frames (T, C, H, W), of uint8 or floats.

    Arrays of NumPy have their channels at the end.
    """
    if not isinstance(value, Tensor | np.ndarray) or value.ndim not in (3, 4):
        return False
    if isinstance(value, Tensor):
        channels, is_pixel = value.shape[-3], value.dtype in _TENSORS
    else:
        channels, is_pixel = value.shape[-1], value.dtype in _ARRAYS
    return is_pixel and channels in _CHANNELS and 0 not in value.shape


def is_map(value: Any) -> bool:
    """Whether it is a label map (H, W): whole numbers."""
    if not isinstance(value, Tensor | np.ndarray) or value.ndim != 2 or 0 in value.shape:
        return False
    return as_array(value).dtype.kind in "biu" and not bits_of(value)


def channels_last(value: Any) -> NDArray[Any]:
    """The pixels of an image (..., H, W, C)."""
    array: NDArray[Any] = as_array(value)
    return np.moveaxis(array, -3, -1) if isinstance(value, Tensor) else array


def prepared(value: Any, options: ImageOptions) -> Any:
    """An image or a label map in the size and with the channels that were asked for."""
    if options.height is None and options.width is None and options.channels is None:
        return value
    if is_picture(value):
        return _like(value, _each_frame(channels_last(value), options))
    changes_size = options.height is not None or options.width is not None
    if is_map(value) and changes_size:
        new = options.resized(as_array(value), nearest=True)
        return torch.from_numpy(new) if isinstance(value, Tensor) else new
    return value


def as_bytes_of_pixels(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels as bytes; floats are rounded to the nearest of 0, 1/255 … 1."""
    if pixels.dtype == np.uint8:
        return pixels
    if not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ConfigError(
            f"an image of {pixels.dtype} has values from {pixels.min():g} to {pixels.max():g}, but"
            " only those from 0 to 1 can be encoded: use encode='raw', or map it before"
        )
    return np.rint(pixels.astype(np.float64) * 255).astype(np.uint8)


def _each_frame(pixels: NDArray[Any], options: ImageOptions) -> NDArray[Any]:
    if pixels.dtype != np.uint8:
        raise ConfigError(
            f"only images of uint8 get another size or other channels while they are packed, and"
            f" it is {pixels.dtype}: map it to uint8 before"
        )
    if pixels.ndim == 3:
        return options.recolored(options.resized(pixels))
    return np.stack([options.recolored(options.resized(frame)) for frame in pixels])


def _like(value: Any, pixels: NDArray[Any]) -> Any:
    is_tensor = isinstance(value, Tensor)
    return torch.from_numpy(np.moveaxis(pixels, -1, -3)) if is_tensor else pixels
