"""Decode and crop as one would write it by hand, with OpenCV or with Pillow."""

import math
import random
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import simplejpeg
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

__all__ = ["SIZE", "by_opencv", "by_pillow", "crop_picture", "to_tensor"]

SIZE = 224
_AREA, _RATIO = (0.08, 1.0), (3 / 4, 4 / 3)


def by_opencv(content: bytes) -> NDArray[np.uint8]:
    """A random window of a JPEG by libjpeg-turbo and OpenCV, shape (224, 224, 3)."""
    pixels = simplejpeg.decode_jpeg(content, "RGB")
    height, width, _ = pixels.shape
    x, y, w, h = _window(width, height)
    resized: Any = cv2.resize(pixels[y : y + h, x : x + w], (SIZE, SIZE))
    return resized


def by_pillow(content: bytes) -> NDArray[np.uint8]:
    """The same by Pillow."""
    return crop_picture(Image.open(BytesIO(content)))


def crop_picture(picture: Any) -> NDArray[np.uint8]:
    """A random window of a picture of Pillow's."""
    x, y, w, h = _window(*picture.size)
    box = (x, y, x + w, y + h)
    return np.array(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR, box))


def to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """Channels first, shape (3, 224, 224), as all contestants give them."""
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _window(width: int, height: int) -> tuple[int, int, int, int]:
    """Where a random window of the usual area and proportions is: x, y, width and height."""
    for _ in range(10):
        area = random.uniform(*_AREA) * width * height
        ratio = math.exp(random.uniform(*map(math.log, _RATIO)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if w <= width and h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side, side
