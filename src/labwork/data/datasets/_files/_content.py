"""Reads files, and tells those that are empty or cut off from those that hold something else."""

from pathlib import Path

from labwork.core import ConfigError

__all__ = ["cut_off", "need_content", "read_content"]


def need_content(path: Path) -> Path:
    """``path``, a file that holds something.

    Raises:
        ConfigError: where it is empty, or can't be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    if size == 0:
        raise ConfigError(f"{path} is empty; get it again")
    return path


def read_content(path: Path) -> bytes:
    """All that is in a file.

    Raises:
        ConfigError: where it is empty, or can't be read.
    """
    try:
        return need_content(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error


def cut_off(path: Path, detail: str) -> ConfigError:
    """The error for a file whose end is missing, to be raised by the caller.

    >>> cut_off(Path("train.bin"), "it has half an image")
    ConfigError('train.bin is cut off: it has half an image; get it again')
    """
    return ConfigError(f"{path} is cut off: {detail}; get it again")
