"""The text of a file, or one clear message why there is none."""

import re
from pathlib import Path

from labwork.config.files._origin import Origin
from labwork.core import ConfigError, nearest

__all__ = ["check_characters", "read_text"]

_LARGEST = 10_000_000
_UNREADABLE = re.compile(
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_text(path: Path) -> str:
    """The text of a file of no more than 10 MB.

    Raises:
        ConfigError: where there is no such file, or it isn't text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file{_hint(path)}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder; name a YAML file in it") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > _LARGEST:
        raise ConfigError(f"{path}: the file has more than {_LARGEST // 10**6} MB")
    return _decode(content, path)


def _decode(content: bytes, path: Path) -> str:
    zero = content.find(0)
    if zero >= 0:
        raise ConfigError(f"{_place(path, content, zero)}: a byte 0; this is no text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{_place(path, content, error.start)}: the byte 0x{content[error.start]:02x} isn't"
            " UTF-8; save the file as UTF-8"
        ) from None


def _place(path: Path, content: bytes, position: int) -> Origin:
    return Origin(str(path), content.count(b"\n", 0, position) + 1)


def _hint(path: Path) -> str:
    if not path.parent.is_dir():
        return f", and no folder {path.parent}"
    guess = nearest(path.name, [p.name for p in path.parent.iterdir() if p.is_file()])
    return f"; did you mean {str(path.with_name(guess))!r}?" if guess else ""


def check_characters(text: str) -> tuple[int, str] | None:
    """The line, from 0 on, and the name of the first character that YAML forbids."""
    found = _UNREADABLE.search(text)
    if not found:
        return None
    return text.count("\n", 0, found.start()), f"U+{ord(found[0]):04X}"
