"""The kinds of files that hold packed arrays."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from labwork.core import ConfigError
from labwork.data._packing import _hdf5, _npz
from labwork.data._packing._member_data import MemberData, Place

__all__ = ["Format", "format_for_writing", "read_places"]


class Format(NamedTuple):
    """How arrays are written into a file, and where they are in it."""

    write: Callable[[Path, Iterator[MemberData]], None]
    places: Callable[[Path], Mapping[str, Place]]


_HDF5 = Format(_hdf5.write, _hdf5.places)
_NPZ = Format(_npz.write, _npz.places)
_BY_SUFFIX = {".hdf5": _HDF5, ".h5": _HDF5, ".npz": _NPZ}
_BY_START = {b"\x89HDF\r\n\x1a\n": _HDF5, b"PK\x03\x04": _NPZ}


def format_for_writing(path: Path) -> Format:
    """The format that a file's ending names."""
    try:
        return _BY_SUFFIX[path.suffix.lower()]
    except KeyError:
        raise ConfigError(f"{path} should end in {', '.join(_BY_SUFFIX)}") from None


def read_places(path: Path) -> Mapping[str, Place]:
    """Where the arrays are in a file, whose format is seen from its first bytes.

    Raises:
        ConfigError: where it is missing, isn't of a known format, or is being written.
    """
    start = _start(path)
    for magic, kind in _BY_START.items():
        if start.startswith(magic):
            return _places(path, kind)
    state = "is empty" if not start else f"begins with {start!r}"
    raise ConfigError(f"{path} {state}, as no packed file does: HDF5 or NPZ is needed")


def _places(path: Path, kind: Format) -> Mapping[str, Place]:
    try:
        return kind.places(path)
    except ConfigError:
        raise
    except BlockingIOError as error:
        reason = "is being written by another program: wait until that is done"
        raise ConfigError(f"{path} {reason}") from error
    # What a parser raises depends on where the damage is.
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{path} is damaged or being written: {reason}") from error


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError:
        raise ConfigError(f"there is no packed file {path}") from None
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
