"""Opens image files, and tells what is wrong with those that can't be decoded."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labwork.core import ConfigError, import_extra

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["damaged_exif_forgiven", "open_image", "pillow"]

_SHOWN = 12  # bytes


@contextmanager
def open_image(path: Path | str, content: bytes | None = None) -> Iterator["Image"]:
    """Opens an image, for a ``with`` statement; what fails in it is told with the path.

    Args:
        path: the file.
        content: its bytes, where they are known already; then ``path`` is only what messages say.

    Raises:
        ConfigError: where it is missing, empty, damaged or no image, or larger than what Pillow
            holds for an attack (``PIL.Image.MAX_IMAGE_PIXELS``).
    """
    try:
        with _large_refused(), damaged_exif_forgiven():
            image: Image = pillow().open(path if content is None else BytesIO(content))
        with image:
            yield image
    except ConfigError:
        raise
    except FileNotFoundError as error:
        raise ConfigError(f"there is no image {path}") from error
    except Exception as error:
        reason = _reason(error, path, content)
        raise ConfigError(f"the image {path} can't be decoded: {reason}") from error


@cache
def pillow() -> Any:
    """The module ``PIL.Image``; raises ConfigError where Pillow isn't installed."""
    return import_extra("PIL.Image", "reading images")


@contextmanager
def damaged_exif_forgiven() -> Iterator[None]:
    """Keeps Pillow from warning of a photo's damaged description; the pixels are as good."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Corrupt EXIF data")
        yield


@contextmanager
def _large_refused() -> Iterator[None]:
    """One limit: Pillow only warns of images up to twice as large as what it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pillow().DecompressionBombWarning)
        yield


def _reason(error: Exception, path: Path | str, content: bytes | None) -> str:
    bombs = (pillow().DecompressionBombWarning, pillow().DecompressionBombError)
    if isinstance(error, bombs):
        limit = f"{pillow().MAX_IMAGE_PIXELS:,}"
        return f"it has more than {limit} pixels; raise PIL.Image.MAX_IMAGE_PIXELS if that is right"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    start = content[:_SHOWN] if content is not None else _start(path)
    if not start:
        return "it is empty; write or copy it again"
    if isinstance(error, import_module("PIL").UnidentifiedImageError):
        return f"it begins with {start!r}, as no whole image does"
    return f"{error}; write or copy it again"


def _start(path: Path | str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_SHOWN)
