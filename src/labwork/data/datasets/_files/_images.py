"""Decodes image files."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["image_size", "open_image", "read_image"]

_ORIENTATION = 0x0112  # the EXIF tag that says how the camera was held
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def read_image(path: Path | str, shrink: int = 1, upright: bool = True) -> Tensor:
    """The pixels of an image file in RGB, uint8 of shape (3, H, W).

    Grey, palette and CMYK images become RGB, 16 bits become 8, and transparency is dropped. JPEG
    files are decoded by simplejpeg where it is installed, with the same result as by Pillow.

    Args:
        path: the file.
        shrink: each square of this many pixels a side becomes one, their mean.
        upright: whether to turn photos as their EXIF orientation says.

    Raises:
        ConfigError: where the file is missing, truncated or no image, where its pixels are
            floating-point or 32-bit numbers, or ``shrink`` doesn't divide its size.
    """
    with open_image(path) as image:
        turn = _TURNS.get(_orientation(image)) if upright else None
        pixels = None if turn or shrink > 1 else _fast_jpeg(path, image)
        if pixels is None:
            turned = image.transpose(_pillow().Transpose[turn]) if turn else image
            pixels = np.array(_shrunk(_rgb(path, turned), shrink, path))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def image_size(path: Path | str) -> tuple[int, int]:
    """The height and the width of an image as they are stored, read from the file's header."""
    with open_image(path) as image:
        return image.height, image.width


@contextmanager
def open_image(path: Path | str) -> Iterator["Image"]:
    """Opens an image file, for a ``with`` statement; what fails in it is told with the path."""
    try:
        with _damaged_exif_forgiven():
            image: Image = _pillow().open(path)
        with image:
            yield image
    except ConfigError:
        raise
    except FileNotFoundError as error:
        raise ConfigError(f"there is no image {path}") from error
    except Exception as error:
        raise ConfigError(f"the image {path} can't be decoded: {error}") from error


@cache
def _pillow() -> Any:
    if find_spec("PIL") is None:
        raise ConfigError("reading images needs Pillow: pip install 'labwork[images]'")
    return import_module("PIL.Image")


@cache
def _simplejpeg() -> Any:
    return import_module("simplejpeg") if find_spec("simplejpeg") else None


def _orientation(image: "Image") -> int:
    with _damaged_exif_forgiven():
        return int(image.getexif().get(_ORIENTATION, 1))


@contextmanager
def _damaged_exif_forgiven() -> Iterator[None]:
    """Keeps Pillow from warning of a photo's damaged description; the pixels are as good."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Corrupt EXIF data")
        yield


def _fast_jpeg(path: Path | str, image: "Image") -> NDArray[np.uint8] | None:
    if image.format != "JPEG" or image.mode not in ("RGB", "L") or _simplejpeg() is None:
        return None
    try:
        pixels: NDArray[np.uint8] = _simplejpeg().decode_jpeg(Path(path).read_bytes(), "RGB")
        return pixels
    except ValueError:  # also for small faults, with which Pillow deals
        return None


def _rgb(path: Path | str, image: "Image") -> "Image":
    if image.mode.startswith("I;16"):
        image = _pillow().fromarray((np.array(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ConfigError(f"the image {path} has pixels of 32 bits; save it with 8 or 16 bits")
    if image.mode == "P":  # Pillow warns where a palette with transparency loses it at once
        image = image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def _shrunk(image: "Image", shrink: int, path: Path | str) -> "Image":
    if shrink == 1:
        return image
    if image.width % shrink or image.height % shrink:
        raise ConfigError(
            f"{shrink} doesn't divide {image.width}×{image.height}, the size of {path}"
        )
    return image.reduce(shrink)
