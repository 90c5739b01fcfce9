"""Which images are in a folder."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError

__all__ = ["IMAGE_ENDINGS", "class_folders", "list_images", "pack_names"]

IMAGE_ENDINGS = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def list_images(folder: Path) -> list[str]:
    """The image files in ``folder`` and below it, sorted, as paths relative to it.

    Files and folders whose name starts with a dot are skipped.
    """
    found: list[str] = []
    for place, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name[0] != "."]
        images = [n for n in files if n[0] != "." and n.lower().endswith(IMAGE_ENDINGS)]
        prefix = os.path.relpath(place, folder)
        found += images if prefix == "." else [f"{prefix}/{name}" for name in images]
    return sorted(found)


def class_folders(folder: Path) -> list[str]:
    """The names of the folders in ``folder``, sorted; none where it isn't there."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(e.name for e in entries if e.name[0] != "." and e.is_dir())


def pack_names(folder: Path, names: list[str]) -> NDArray[np.bytes_]:
    """File names as one array, shape (N,): a million of them are one object for all workers.

    Raises:
        ConfigError: where there are none.
    """
    if not names:
        raise ConfigError(f"there are no images in {folder}; known are {', '.join(IMAGE_ENDINGS)}")
    return np.array([os.fsencode(name) for name in names])
