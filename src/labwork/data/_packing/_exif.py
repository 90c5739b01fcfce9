"""The description in photos: what the camera wrote beside the pixels."""

from typing import TYPE_CHECKING

from labwork.data.datasets._files._open_image import damaged_exif_forgiven, pillow

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["is_upright", "upright_exif", "with_exif", "without_exif"]

_ORIENTATION = 0x0112
_UPRIGHT = 1
_START, _SCAN, _APP1 = b"\xff\xd8", 0xDA, 0xE1
_HEADER = b"Exif\0\0"
_SEGMENT = 65_533  # bytes that a segment of a JPEG file can hold


def is_upright(image: "Image") -> bool:
    """Whether the pixels are stored as they are to be seen."""
    with damaged_exif_forgiven():
        return int(image.getexif().get(_ORIENTATION, _UPRIGHT)) not in range(2, 9)


def upright_exif(image: "Image") -> bytes:
    """The description for pixels that are stored as they are to be seen; empty without one."""
    if not is_upright(image):
        exif = pillow().Exif()  # a copy: the image itself stays as it is
        exif.load(image.getexif().tobytes())
        exif[_ORIENTATION] = _UPRIGHT
        return bytes(exif.tobytes())
    found = image.info.get("exif", b"")
    return found if isinstance(found, bytes) else b""


def with_exif(jpeg: bytes, exif: bytes) -> bytes:
    """A JPEG file with a description; one that is too long for a segment is left out."""
    content = exif if exif.startswith(_HEADER) else _HEADER + exif
    if not exif or len(content) > _SEGMENT:
        return jpeg
    length = (len(content) + 2).to_bytes(2, "big")
    return b"".join((_START, bytes((0xFF, _APP1)), length, content, jpeg[2:]))


def without_exif(jpeg: bytes) -> bytes:
    """A JPEG file without its description; pixels and all else stay as they are."""
    kept, place = [_START], 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and jpeg[place + 1] != _SCAN:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        is_exif = jpeg[place + 1] == _APP1 and jpeg[place + 4 : end].startswith(_HEADER)
        kept += [] if is_exif else [jpeg[place:end]]
        place = end
    return b"".join((*kept, jpeg[place:]))
