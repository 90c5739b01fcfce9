"""MATLAB's files, through SciPy."""

from pathlib import Path
from typing import Any

from labwork.core import ConfigError, import_extra

__all__ = ["read_mat"]


def read_mat(path: Path, what: str) -> dict[str, Any]:
    """The variables of a MATLAB file of version 5, without dimensions of length one.

    Args:
        path: the file.
        what: the dataset that needs it, for messages.

    Raises:
        ConfigError: where SciPy is missing or the file is damaged.
    """
    scipy_io = import_extra("scipy.io", f"{path.name} of {what}")
    try:
        variables: dict[str, Any] = scipy_io.loadmat(path, squeeze_me=True)
    # What SciPy raises depends on where the damage is.
    except Exception as error:
        raise ConfigError(f"{path} isn't a MATLAB file of version 5: {error}") from error
    return variables
