"""NPZ: arrays by name, in a zip archive."""

from typing import Any
from zipfile import ZipFile

from numpy.lib.format import read_array
from numpy.typing import NDArray

from labwork.data._readers._format import Format
from labwork.data._readers._source import Source

__all__ = ["NPZ"]

_ENDING = ".npy"


def _read(source: Source) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    with source.damage_told("NPZ"), ZipFile(source.path) as archive:
        for member in archive.namelist():
            name = member.removesuffix(_ENDING)
            if name in arrays:
                raise source.error(f"the key {name!r} is there twice; save it anew")
            if name == member:
                raise source.error(f"this archive isn't NPZ: it holds {member!r}, which is no .npy")
            with source.damage_told(f"NPZ, array {name!r}"), archive.open(member) as file:
                arrays[name] = read_array(file, allow_pickle=False)
                file.read()  # to the end, where the archive's checksum is compared
    return arrays


NPZ = Format("NPZ", (".npz",), _read, starts=((0, b"PK\x03\x04"), (0, b"PK\x05\x06")))
