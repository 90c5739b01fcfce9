"""Folders of photos with their file lists."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeList = Callable[..., Path]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with ten JPEG photos of different sizes, ``0.jpg`` to ``9.jpg``."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(10):
        y, x = np.mgrid[: 24 + i, : 40 - i]
        pixels = np.stack([(x * 5 + i * 9) % 256, (y * 7) % 256, (x + y) * 2], axis=-1)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i}.jpg", quality=92)
    return folder


@pytest.fixture
def file_list(photos: Path) -> MakeList:
    """Writes a file list beside the photos, of lines."""

    def write(*lines: str, name: str = "list.csv") -> Path:
        path = photos / name
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return path

    return write
