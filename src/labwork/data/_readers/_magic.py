"""What files of a kind begin with."""

__all__ = ["IMAGE_STARTS", "NPY_STARTS", "SNIFFED", "Starts", "starts_with"]

Starts = tuple[tuple[int, bytes], ...]
"""Bytes that stand at an offset; the kind is known where any one of them does."""

SNIFFED = 32  # bytes that are enough for all of them

NPY_STARTS: Starts = ((0, b"\x93NUMPY"),)
# Formats that begin with one or two letters, such as BMP, could be text and go by their ending.
IMAGE_STARTS: Starts = (
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xff\xd8\xff"),  # JPEG
    (0, b"GIF87a"),
    (0, b"GIF89a"),
    (0, b"II*\x00"),  # TIFF
    (0, b"MM\x00*"),
    (8, b"WEBPVP8"),
)


def starts_with(content: bytes, starts: Starts) -> bool:
    """Whether ``content`` has one of these beginnings.

    >>> starts_with(b"GIF89a, and so on", IMAGE_STARTS), starts_with(b"text", IMAGE_STARTS)
    (True, False)
    """
    return any(content[offset : offset + len(mark)] == mark for offset, mark in starts)
