"""Image files as they are packed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.data._packing._exif import is_upright, upright_exif, with_exif, without_exif
from labwork.data._packing._file_content import file_content
from labwork.data._packing._image_options import ImageOptions
from labwork.data._packing._jpeg import encode_jpeg
from labwork.data._packing._png import encode_png
from labwork.data.datasets._files import read_image
from labwork.data.datasets._files._open_image import open_image

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["DEFAULT_QUALITY", "packed_file", "packed_size"]

DEFAULT_QUALITY = 90
_KEPT_MODES = {"RGB": 3, "L": 1}


def packed_file(path: Path, options: ImageOptions) -> bytes | Tensor:
    """An image as a file in memory, or as pixels (C, H, W) where it shall be raw.

    Pixels are turned as the EXIF orientation says, and a description that is kept says that they
    are. A JPEG file that needs no change is taken as it is.

    Raises:
        ConfigError: where the file is missing or damaged.
    """
    content = file_content(path, "image")
    original = _pixels(path, content, options)
    pixels = options.resized(original)
    if options.encode == "raw":
        return torch.from_numpy(pixels).permute(2, 0, 1)
    with open_image(path, content) as image:
        exif = upright_exif(image) if options.keep_exif else b""
        is_kept = pixels is original and _is_kept(image, options)
    if is_kept:
        return content if options.keep_exif else without_exif(content)
    if options.encode == "png":
        return encode_png(pixels, exif)
    return with_exif(encode_jpeg(pixels, options.quality or DEFAULT_QUALITY), exif)


def packed_size(packed: bytes | Tensor) -> tuple[int, int]:
    """(height, width) of what ``packed_file`` gave."""
    if isinstance(packed, Tensor):
        return packed.shape[-2], packed.shape[-1]
    with open_image(Path("packed"), packed) as image:
        return image.height, image.width


def _pixels(path: Path, content: bytes, options: ImageOptions) -> NDArray[np.uint8]:
    pixels: NDArray[Any] = read_image(path, content=content).permute(1, 2, 0).numpy()
    if options.channels == 4:
        return np.dstack([pixels, _opacity(path, content, pixels.shape[:2])])
    return options.recolored(pixels)


def _opacity(path: Path, content: bytes, size: tuple[int, ...]) -> NDArray[np.uint8]:
    with open_image(path, content) as image:
        if not image.has_transparency_data:
            return np.full(size, 255, np.uint8)
        turned = _pillow_ops().exif_transpose(image)
        return np.array(turned.convert("RGBA"))[..., 3]


def _pillow_ops() -> Any:
    from PIL import ImageOps

    return ImageOps


def _is_kept(image: "Image", options: ImageOptions) -> bool:
    is_jpeg = options.encode == "jpeg" and image.format == "JPEG"
    has_channels = _KEPT_MODES.get(image.mode, 0) in (1, options.channels)
    return is_jpeg and has_channels and options.quality is None and is_upright(image)
