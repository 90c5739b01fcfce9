"""How the columns of a file list are stored."""

from collections.abc import Sequence
from math import prod

import numpy as np
import torch

from labwork.core import ConfigError
from labwork.data._packing._cell_types import CellType
from labwork.data._packing._column import Column
from labwork.data._packing._file_list import FileList
from labwork.data._packing._image_options import ImageOptions

__all__ = ["image_column", "read_cell", "value_columns"]


def image_column(
    name: str, options: ImageOptions, is_seq: bool, size: Sequence[int] | None
) -> Column:
    """That of the images, all of one (height, width) where ``size`` is given."""
    channels = options.channels or 3
    if options.encode != "raw":
        return Column(
            name,
            "image",
            "tensor",
            "|u1",
            encode=options.encode,
            channels=channels,
            is_sequence=is_seq,
        )
    if is_seq or size is None:
        return Column(name, "ragged", "tensor", "|u1", dims=4 if is_seq else 3)
    return Column(name, "array", "tensor", "|u1", (channels, *size))


def value_columns(files: FileList, types: Sequence[CellType]) -> list[Column]:
    """Those of all but the images.

    Raises:
        ConfigError: where no cell of a column is of its type.
    """
    return [_column(files, number, types[number]) for number in range(1, len(types))]


def read_cell(column: Column, kind: CellType, cell: str) -> torch.Tensor | str | list[str]:
    """The value of a cell.

    Raises:
        ConfigError: where it isn't of its type, or has another number of values than others.
    """
    try:
        value = kind.read(cell)
    except ConfigError as error:
        raise ConfigError(f"{column.name}: {error}") from None
    if not isinstance(value, np.ndarray):
        text: str | list[str] = value
        return text
    if column.kind == "array" and value.shape != column.shape:
        raise ConfigError(
            f"{column.name}: {value.size} values, but {prod(column.shape)} in the rows"
            f" before: where numbers differ, the type is v{kind}"
        )
    return torch.from_numpy(value)


def _column(files: FileList, number: int, kind: CellType) -> Column:
    name = files.names[number]
    if kind.name == "str":
        is_list = kind.is_variable
        return Column(name, "json" if is_list else "text", "plain" if is_list else "str")
    dtype = np.dtype(kind.name).str
    if kind.is_variable:
        return Column(name, "ragged", "tensor", dtype, dims=1)
    return Column(name, "array", "tensor", dtype, _first_shape(files, number, kind))


def _first_shape(files: FileList, number: int, kind: CellType) -> tuple[int, ...]:
    """That of the first good cell of a column."""
    name, bad = files.names[number], ""
    for line, cells in files.rows:
        try:
            return tuple(kind.read(cells[number]).shape)
        except IndexError:
            bad = bad or f"{line}: {len(cells)} cells, but {len(files.names)} keys"
        except ConfigError as error:
            bad = bad or f"{line}: {name}: {error}"
    raise ConfigError(f"{files.path}:{bad} (no cell of {name!r} is {kind})")
