"""The text in a file."""

from labwork.data._readers._source import Source

__all__ = ["read_text"]

_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff")


def read_text(source: Source) -> str:
    """The text in a UTF-8 file, with or without a mark at its start.

    Raises:
        ConfigError: where it is of another encoding; the message names the line.
    """
    content = source.path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        guess = "UTF-16" if content.startswith(_OTHER_UNICODE) else "another encoding"
        raise source.error(
            f"line {line}: the byte 0x{content[error.start]:02x} isn't UTF-8; the file is of"
            f" {guess}: save it as UTF-8"
        ) from None
