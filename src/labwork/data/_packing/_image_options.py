"""What becomes of images when they are packed."""

from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError, unknown_name
from labwork.data.datasets._files._open_image import pillow

__all__ = ["ENCODINGS", "ImageOptions"]

ENCODINGS = ("jpeg", "png", "raw")
_CHANNELS = (1, 3, 4)
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class ImageOptions:
    """What ``pack`` was asked to do with images.

    Attributes:
        height: of the result, or None to follow from ``width`` or from the image.
        width: of the result, or None to follow from ``height`` or from the image.
        channels: 1 grey, 3 RGB, 4 RGB with opacity; None as they are.
        encode: ``jpeg``, ``png`` or ``raw``.
        quality: of JPEG, 1 to 100; None keeps JPEG files that need no change as they are.
        keep_exif: whether files keep their EXIF description.
    """

    height: int | None
    width: int | None
    channels: int | None
    encode: str
    quality: int | None
    keep_exif: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "encode", self.encode.lower())
        if self.encode not in ENCODINGS:
            raise unknown_name("encoding", self.encode, ENCODINGS)
        if self.channels not in (None, *_CHANNELS):
            raise ConfigError(f"channels={self.channels}: 1, 3 or 4 are possible")
        if self.encode == "jpeg" and self.channels == 4:
            raise ConfigError("JPEG holds no opacity: channels=4 needs encode='png' or 'raw'")
        if self.quality is not None and (self.encode != "jpeg" or not 1 <= self.quality <= 100):
            raise ConfigError(f"quality={self.quality}: JPEG has a quality from 1 to 100")
        for name in ("height", "width"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ConfigError(f"{name}={value}: at least 1 pixel is needed")

    def as_plain(self) -> dict[str, Any]:
        """To tell whether two packings are the same."""
        return asdict(self)

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width), where all images get the same."""
        return (self.height, self.width) if self.height and self.width else None

    def resized(self, pixels: NDArray[Any], *, nearest: bool = False) -> NDArray[Any]:
        """Pixels (H, W) or (H, W, C), with Lanczos; the same object where the size stays."""
        size = self._size_for(*pixels.shape[:2])
        if size == pixels.shape[:2]:
            return pixels
        if nearest:
            rows, columns = (_middles(n, old) for n, old in zip(size, pixels.shape, strict=False))
            return pixels[rows][:, columns]
        squeezed = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
        image = pillow().fromarray(np.ascontiguousarray(squeezed))
        new = np.array(image.resize(size[::-1], pillow().Resampling.LANCZOS))
        return new.reshape(*size, *pixels.shape[2:])

    def recolored(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pixels (H, W, C) with as many channels as was asked for."""
        if self.channels in (None, pixels.shape[2]):
            return pixels
        squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        image = pillow().fromarray(np.ascontiguousarray(squeezed))
        new = np.array(image.convert(_MODES[self.channels]))
        return new.reshape(*pixels.shape[:2], -1)

    def _size_for(self, height: int, width: int) -> tuple[int, int]:
        """One side alone sets the other one, so that the proportions stay."""
        if self.height is None and self.width is None:
            return height, width
        new_height = self.height or max(1, round(height * cast("int", self.width) / width))
        return new_height, self.width or max(1, round(width * new_height / height))


def _middles(new: int, old: int) -> NDArray[np.int64]:
    return np.asarray((np.arange(new) + 0.5) * old / new, np.int64)
