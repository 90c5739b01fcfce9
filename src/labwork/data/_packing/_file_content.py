"""Reads the user's files."""

from pathlib import Path

from labwork.core import ConfigError

__all__ = ["file_content"]


def file_content(path: Path, what: str) -> bytes:
    """All bytes of a file.

    Args:
        path: the file.
        what: what it is, for messages.

    Raises:
        ConfigError: where it can't be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"there is no {what} {path}") from None
    except OSError as error:
        raise ConfigError(f"the {what} {path} can't be read: {error.strerror}") from error
