"""Decodes image files."""

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
from labwork.data.datasets._files._open_image import damaged_exif_forgiven, open_image, pillow

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["frame_count", "image_size", "read_image"]

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


def read_image(
    path: Path | str,
    shrink: int = 1,
    upright: bool = True,
    *,
    content: bytes | None = None,
    frame: int = 0,
) -> Tensor:
    """The pixels of an image file in RGB, uint8 of shape (3, H, W).

    Grey, palette and CMYK images become RGB, 16 bits become 8, and transparency is dropped. JPEG
    files are decoded by simplejpeg where it is installed, with the same result as by Pillow.

    Args:
        path: the file.
        shrink: each square of this many pixels a side becomes one, their mean.
        upright: whether to turn photos as their EXIF orientation says.
        content: the file's bytes, where they are known already; then ``path`` only names them.
        frame: which image of a file that holds several, such as an animated GIF.

    Raises:
        ConfigError: where the file is missing, truncated or no image, where its pixels are
            floating-point or 32-bit numbers, or ``shrink`` doesn't divide its size.
    """
    with open_image(path, content) as image:
        image.seek(frame)
        turn = _TURNS.get(_orientation(image)) if upright else None
        pixels = None if turn or shrink > 1 else _fast_jpeg(path, content, image)
        if pixels is None:
            turned = image.transpose(pillow().Transpose[turn]) if turn else image
            pixels = np.array(_shrunk(_rgb(path, turned), shrink, path))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def image_size(path: Path | str) -> tuple[int, int]:
    """The height and the width of an image as they are stored, read from the file's header."""
    with open_image(path) as image:
        return image.height, image.width


def frame_count(path: Path | str) -> int:
    """How many images a file holds: one, save for animations and some TIFF files."""
    with open_image(path) as image:
        return int(getattr(image, "n_frames", 1))


@cache
def _simplejpeg() -> Any:
    return import_module("simplejpeg") if find_spec("simplejpeg") else None


def _orientation(image: "Image") -> int:
    with damaged_exif_forgiven():
        return int(image.getexif().get(_ORIENTATION, 1))


def _fast_jpeg(path: Path | str, content: bytes | None, image: "Image") -> NDArray[np.uint8] | None:
    if image.format != "JPEG" or image.mode not in ("RGB", "L") or _simplejpeg() is None:
        return None
    try:
        data = Path(path).read_bytes() if content is None else content
        pixels: NDArray[np.uint8] = _simplejpeg().decode_jpeg(data, "RGB")
        return pixels
    except ValueError:  # also for small faults, with which Pillow deals
        return None


def _rgb(path: Path | str, image: "Image") -> "Image":
    if image.mode.startswith("I;16"):
        image = pillow().fromarray((np.array(image) >> 8).astype(np.uint8))
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
