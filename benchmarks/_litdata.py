"""Photos in LitData's format, decoded by what is fastest."""

from pathlib import Path
from typing import Any

from litdata import StreamingDataset
from litdata.streaming.writer import BinaryWriter  # what its ``optimize`` writes with

from ._decoding import by_opencv, to_tensor
from ._photos import Photos

__all__ = ["CroppingDataset", "write"]


def write(photos: Photos, folder: Path) -> None:
    """Writes the files as they are, with their labels."""
    writer = BinaryWriter(str(folder), chunk_bytes="64MB")
    for index, path in enumerate(photos.paths):
        writer[index] = {"image": path.read_bytes(), "label": photos.label(index)}
    writer.done()
    writer.merge(1)


class CroppingDataset(StreamingDataset):
    """Decodes and crops by libjpeg-turbo and OpenCV."""

    def __getitem__(self, index: Any) -> Any:
        sample = super().__getitem__(index)
        return to_tensor(by_opencv(sample["image"])), sample["label"]
