"""Photos that the benchmark makes: 500×375 JPEGs with edges, gradients and grain."""

from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

__all__ = ["CLASS_COUNT", "QUALITY", "Photos"]

CLASS_COUNT, QUALITY = 10, 90
_WIDTH, _HEIGHT = 500, 375
_DISTINCT = 256  # to make more takes long, and nothing here would tell


class Photos:
    """A folder of JPEGs, with a file list.

    Attributes:
        count: how many there are.
        paths: the files, in their order.
        list: the file list, with the columns ``image`` and ``label``.
        mean_kilobytes: the mean size of a file.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.count, self.list = count, folder / "list.csv"
        self.paths = [folder / f"{index:06}.jpg" for index in range(count)]
        folder.mkdir()
        contents = [_jpeg(seed) for seed in range(min(count, _DISTINCT))]
        for path, content in zip(self.paths, contents, strict=False):
            path.write_bytes(content)
        for index, path in enumerate(self.paths[len(contents) :]):
            path.hardlink_to(self.paths[index % len(contents)])
        rows = [f"{path.name},{self.label(index)}" for index, path in enumerate(self.paths)]
        self.list.write_text("\n".join(["image,label", *rows, ""]), encoding="utf-8")
        self.mean_kilobytes = sum(map(len, contents)) / len(contents) / 1e3

    @staticmethod
    def label(index: int) -> int:
        """The class of a photo."""
        return index % CLASS_COUNT


def _jpeg(seed: int) -> bytes:
    return bytes(simplejpeg.encode_jpeg(_photo(seed), QUALITY, "RGB", "420"))


def _photo(seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    photo = cv2.resize(colours, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        x, y, radius = rng.integers(0, (_WIDTH, _HEIGHT, 80)).tolist()
        cv2.circle(photo, (x, y), radius, rng.integers(0, 256, 3).tolist(), -1)
    grain = rng.normal(0, 16, photo.shape)
    return np.clip(photo + grain, 0, 255).astype(np.uint8)
