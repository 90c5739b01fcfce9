"""Images: one picture, or the frames of an animation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._lazy_field import LazyField
from labwork.data._readers._file_dataset import FileDataset
from labwork.data._readers._format import Format
from labwork.data._readers._magic import IMAGE_STARTS
from labwork.data._readers._source import Source
from labwork.data._record import Record
from labwork.data.datasets._files import IMAGE_ENDINGS, frame_count, read_image

__all__ = ["IMAGE"]


class FrameDataset(FileDataset):
    """The pictures in a file; the field is ``image``, uint8 of shape (3, H, W)."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._length = frame_count(source.path)

    def _open(self) -> Any:
        return self._source.path  # a picture's file is opened to decode it, and closed

    def __len__(self) -> int:
        return self._length

    def get(self, index: int) -> Record:
        """The picture at ``index``, not decoded yet."""
        return Record({"image": LazyField("image", lambda: read_image(self._file, frame=index))})


def _read(source: Source) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = read_image(source.path).numpy()
    return pixels


IMAGE = Format("image", (*IMAGE_ENDINGS, ".gif"), _read, FrameDataset, IMAGE_STARTS)
