"""The column for a field, told from its first value."""

from typing import Any

import numpy as np

from labwork.core import ConfigError
from labwork.data._folders._arrays import as_array, bits_of
from labwork.data._folders._kinds import kind_of
from labwork.data._packing._cell_types import CellType
from labwork.data._packing._column import Column
from labwork.data._packing._pictures import channels_last, is_map, is_picture
from labwork.data._packing._unit_pixels import pack_units

__all__ = ["column_for"]

_PLAIN = {"txt": "text", "bin": "bytes", "json": "json"}


def column_for(name: str, value: Any, encode: str, asked: CellType | None = None) -> Column:
    """How a field is stored.

    Args:
        name: the field.
        value: that of the first sample.
        encode: ``jpeg``, ``png`` or ``raw``.
        asked: the type that the user says it has.

    Raises:
        ConfigError: where it can't be stored, or isn't of that type.
    """
    kind = kind_of(value)
    if kind.loader in _PLAIN:
        column = Column(name, _PLAIN[kind.loader], kind.type)
    elif encode != "raw" and is_picture(value):
        column = _image(name, value, kind.type, encode)
    else:
        column = _array(name, value, kind.type, encode, asked)
    _check(column, asked)
    return column


def _image(name: str, value: Any, kind: str, encode: str) -> Column:
    pixels = channels_last(value)
    channels = pixels.shape[-1]
    if encode == "jpeg" and channels == 4:
        raise ConfigError("JPEG holds no opacity: use encode='png', 'raw' or channels=3")
    return Column(
        name,
        "image",
        kind,
        pixels.dtype.str,
        encode=encode,
        channels=channels,
        is_sequence=pixels.ndim == 4,
    )


def _array(name: str, value: Any, kind: str, encode: str, asked: CellType | None) -> Column:
    array, bits = as_array(value), bits_of(value)
    dtype = array.dtype.str
    # Arrays of a shard are numbers, so those of texts and times are stored as their bytes.
    if array.dtype.kind not in "biufc" or (asked is not None and asked.is_variable):
        return Column(name, "ragged", kind, dtype, dims=array.ndim, bits=bits)
    if encode != "raw" and is_map(value):
        return Column(name, "map", kind, dtype)
    if asked is None and _holds_units(value, array):
        return Column(name, "units", kind, dtype, array.shape)
    return Column(name, "array", kind, dtype, array.shape, bits=bits)


def _holds_units(value: Any, array: Any) -> bool:
    is_floats = array.dtype.kind == "f" and is_picture(value)
    return is_floats and len(pack_units(array)) < array.nbytes


def _check(column: Column, asked: CellType | None) -> None:
    if asked is None:
        return
    found = column.bits or (str(np.dtype(column.dtype)) if column.dtype else "str")
    if found != asked.name:
        raise ConfigError(f"it is {found}, but {asked} was asked for")
