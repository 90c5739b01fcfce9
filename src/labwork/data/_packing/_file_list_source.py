"""The samples of a file list."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from labwork.core import ConfigError
from labwork.data._packing._encode import Frames
from labwork.data._packing._file_list import FileList
from labwork.data._packing._file_list_columns import image_column, read_cell, value_columns
from labwork.data._packing._image_files import packed_file, packed_size
from labwork.data._packing._image_options import ImageOptions
from labwork.data._packing._source import Source

__all__ = ["FileListSource"]


class FileListSource(Source):
    """One sample a row: an image, or the frames of a sequence, and further values.

    Args:
        files: the file list.
        folder: what paths are relative to.
        words: the types of the columns, or None to guess them.
        is_seq: whether the first column's cells list frames.
        options: what becomes of images; ``channels`` is set.

    Raises:
        ConfigError: where no row is good, or the types don't fit the columns.
    """

    info: Mapping[str, Any] = {}

    def __init__(
        self,
        files: FileList,
        folder: Path,
        words: Sequence[str] | None,
        is_seq: bool,
        options: ImageOptions,
    ) -> None:
        self._files, self._folder, self._options = files, folder, options
        self._is_seq, self._types = is_seq, files.types(words)
        self.quality = options.quality
        image = image_column(files.names[0], options, is_seq, self._size())
        self.columns = [image, *value_columns(files, self._types)]
        self.layout = {column.name: column.name for column in self.columns}

    def __len__(self) -> int:
        return len(self._files.rows)

    def get(self, index: int) -> Mapping[str, Any]:
        values = self._values(index)
        return {self._files.names[0]: self._image(index), **values}

    def check(self, index: int) -> None:
        """Raises ConfigError where a row is bad, so far as can be told without its image."""
        try:
            self._values(index)
        except ConfigError as error:
            raise ConfigError(f"{self.place(index)}: {error}") from None

    def stamp(self, index: int) -> int:
        try:
            files = [path.stat() for path in self._paths(index)]
        except (ConfigError, OSError, ValueError):  # it is a bad row, which is told elsewhere
            return 0
        known = repr([(file.st_size, file.st_mtime_ns) for file in files])
        return int.from_bytes(sha256(known.encode()).digest()[:8])

    def place(self, index: int) -> str:
        return f"{self._files.path}:{self._files.rows[index].line}"

    def identity(self) -> dict[str, Any]:
        return {
            "file list": self._files.sha256,
            "folder": str(self._folder.resolve()),
            "types": [str(kind) for kind in self._types],
            "is_seq": self._is_seq,
        }

    def _size(self) -> Sequence[int] | None:
        """(height, width) of raw images, where all have the same."""
        has_one_size = not self._types[0].is_variable and not self._is_seq
        if self._options.encode != "raw" or self._options.size or not has_one_size:
            return self._options.size
        for index in range(len(self)):
            with suppress(ConfigError):
                size: Sequence[int] = self._image(index).shape[1:]
                return size
        raise ConfigError(f"{self._files.path} names no image that can be decoded")

    def _image(self, index: int) -> Any:
        images: list[Any] = [packed_file(path, self._options) for path in self._paths(index)]
        _check_sizes(images)
        if isinstance(images[0], bytes):
            return Frames(images)
        return torch.stack(images) if self._is_seq else images[0]

    def _paths(self, index: int) -> list[Path]:
        cell = self._files.rows[index].cells[0]
        names = [part.strip() for part in cell.split(",")] if self._is_seq else [cell.strip()]
        if "" in names:
            raise ConfigError(f"an image's name is empty in {cell!r}")
        return [self._folder / name for name in names]

    def _values(self, index: int) -> dict[str, Any]:
        cells, names = self._files.rows[index].cells, self._files.names
        if len(cells) != len(names):
            raise ConfigError(f"{len(cells)} cells, but {len(names)} keys: {', '.join(names)}")
        rest = [*zip(self.columns, self._types, cells, strict=True)][1:]
        return {column.name: read_cell(column, kind, cell) for column, kind, cell in rest}


def _check_sizes(frames: Sequence[bytes | torch.Tensor]) -> None:
    """Raises ConfigError where frames, of which a sequence is made, differ in size."""
    if len(frames) == 1:
        return
    sizes = sorted({packed_size(frame) for frame in frames})
    if len(sizes) > 1:
        listed = ", ".join(f"{height}×{width}" for height, width in sizes)
        raise ConfigError(f"its frames have different sizes: {listed}; say height and width")
