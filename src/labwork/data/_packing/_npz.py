"""Packed arrays in NPZ, uncompressed, so that their bytes can be read at their place."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from labwork.core import ConfigError
from labwork.data._packing._member_data import MemberData, Place

__all__ = ["places", "write"]

_LOCAL_HEADER = 30  # bytes before the name
_SUFFIX = ".npy"


def write(path: Path, members: Iterator[MemberData]) -> None:
    """Writes arrays as members of a new file, which ``numpy.load`` reads as well."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for member in members:
            # Without the time of day, the same arrays give the same file.
            with archive.open(ZipInfo(member.name + _SUFFIX), "w", force_zip64=True) as file:
                header = {"descr": member.dtype, "fortran_order": False, "shape": member.shape}
                npy.write_array_header_2_0(file, header)
                for chunk in member.chunks:
                    file.write(chunk)


def places(path: Path) -> Mapping[str, Place]:
    """Where the arrays of a file are.

    Raises:
        ConfigError: where one is compressed; other errors where the file is damaged.
    """
    with ZipFile(path) as archive, path.open("rb") as file:
        infos = archive.infolist()
        return {i.filename.removesuffix(_SUFFIX): _place(path, file, i) for i in infos}


def _place(path: Path, file: IO[bytes], info: ZipInfo) -> Place:
    if info.compress_type != ZIP_STORED:
        raise ConfigError(f"{path} wasn't written by pack: {info.filename!r} is compressed")
    file.seek(info.header_offset)
    name, extra = struct.unpack("<26xHH", file.read(_LOCAL_HEADER))
    file.seek(info.header_offset + _LOCAL_HEADER + name + extra)
    shape, is_fortran, dtype = _header(file)
    if is_fortran:
        raise ConfigError(f"{path} wasn't written by pack: {info.filename!r} goes by columns")
    return Place(file.tell(), dtype.str, shape)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    is_old = npy.read_magic(file) == (1, 0)
    return (npy.read_array_header_1_0 if is_old else npy.read_array_header_2_0)(file)
