"""MATLAB's files, through SciPy."""

import struct
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, import_extra
from labwork.data.datasets._files._content import cut_off, need_content

__all__ = ["read_mat"]

_HEADER, _TAG = 128, 8  # bytes


def read_mat(path: Path, what: str) -> dict[str, Any]:
    """The variables of a MATLAB file of version 5, without dimensions of length one.

    Args:
        path: the file.
        what: the dataset that needs it, for messages.

    Raises:
        ConfigError: where SciPy is missing, or the file is empty, cut off or damaged.
    """
    scipy_io = import_extra("scipy.io", f"{path.name} of {what}")
    need_content(path)
    try:
        variables: dict[str, Any] = scipy_io.loadmat(path, squeeze_me=True)
    # What SciPy raises depends on where the damage is.
    except Exception as error:
        if _ends_early(path):
            raise cut_off(path, "it ends within a variable") from error
        raise ConfigError(f"{path} isn't a MATLAB file of version 5: {error}") from error
    return variables


def _ends_early(path: Path) -> bool:
    """Whether the last variable is longer than what is there of it.

    Behind a header of 128 bytes, whose last two tell the order of bytes, each variable begins with
    its type and its length (MAT-File Format, MathWorks, chapter 1).
    """
    size, place = path.stat().st_size, _HEADER
    with path.open("rb") as file:
        order = {b"IM": "<", b"MI": ">"}.get(file.read(_HEADER)[-2:])
        while order and place + _TAG <= size:
            file.seek(place)
            _, length = struct.unpack(f"{order}2I", file.read(_TAG))
            place += _TAG + length
    return order is not None and place != size
