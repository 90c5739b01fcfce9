"""Images of every unusual kind: exact pixels wherever images are read, or one clear line."""

import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import read
from labwork.data.datasets import CamVid, ImageFolder
from labwork.data.datasets._pixels import PixelDataset

image_module = pytest.importorskip("PIL.Image")

GREY = np.add.outer(np.arange(6) * 20, np.arange(8) * 10).astype(np.uint8)  # 6 rows of 8
COLORS = np.stack([GREY, GREY.T.reshape(6, 8), 255 - GREY], axis=-1)
LABELS = (np.arange(48, dtype=np.uint8) % 12).reshape(6, 8)


def encoded(image: Any, kind: str, **options: Any) -> bytes:
    content = BytesIO()
    image.save(content, format=kind, **options)
    return content.getvalue()


def palette(numbers: np.ndarray, colors: list[int]) -> Any:
    image = image_module.fromarray(numbers).convert("P")
    image.putdata(numbers.ravel().tolist())
    image.putpalette(colors)
    return image


def turned_by_exif(image: Any, kind: str, orientation: int) -> bytes:
    exif = image_module.Exif()
    exif[0x0112] = orientation
    return encoded(image, kind, exif=exif)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG file whose header promises more than it holds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def rgb(array: np.ndarray) -> np.ndarray:
    """What an image of greys or colors is as RGB, (3, H, W)."""
    return np.stack([array] * 3) if array.ndim == 2 else array.transpose(2, 0, 1)


of = image_module.fromarray
RAMP = [value for i in range(256) for value in (i, 255 - i, (3 * i) % 256)]
DEEP = GREY.astype(np.uint16) * 256 + 77
CMYK = np.stack([GREY, COLORS[..., 1], 255 - GREY, GREY // 2], axis=-1)
INK = (255 - CMYK.astype(int))[..., :3] * (255 - CMYK.astype(int))[..., 3:] / 255

# Name of the file, its content, the pixels as RGB, and how far JPEG may be from them.
GOOD: dict[str, tuple[str, bytes, np.ndarray, int]] = {
    "grey": ("a.png", encoded(of(GREY), "PNG"), rgb(GREY), 0),
    "colors": ("a.png", encoded(of(COLORS), "PNG"), rgb(COLORS), 0),
    "jpeg": ("a.jpg", encoded(of(GREY), "JPEG", quality=100), rgb(GREY), 2),
    "CMYK": ("a.jpg", encoded(of(CMYK, "CMYK"), "JPEG", quality=100), INK.transpose(2, 0, 1), 4),
    "CMYK TIFF": ("a.tif", encoded(of(CMYK, "CMYK"), "TIFF"), INK.transpose(2, 0, 1), 1),
    "palette": (
        "a.png",
        encoded(palette(GREY, RAMP), "PNG"),
        np.stack([GREY, 255 - GREY, (3 * GREY.astype(int)) % 256]),
        0,
    ),
    "clear palette": (
        "a.png",
        encoded(palette(GREY, RAMP), "PNG", transparency=bytes(range(256))),
        np.stack([GREY, 255 - GREY, (3 * GREY.astype(int)) % 256]),
        0,
    ),
    "16 bits": ("a.png", encoded(of(DEEP), "PNG"), rgb(GREY), 0),
    "16 bits TIFF": ("a.tif", encoded(of(DEEP), "TIFF"), rgb(GREY), 0),
    "grey and alpha": (
        "a.png",
        encoded(of(np.stack([GREY, 255 - GREY], -1), "LA"), "PNG"),
        rgb(GREY),
        0,
    ),
    "colors and alpha": (
        "a.png",
        encoded(of(np.dstack([COLORS, GREY]), "RGBA"), "PNG"),
        rgb(COLORS),
        0,
    ),
    "1 bit": ("a.png", encoded(of(GREY > 90), "PNG"), rgb(255 * (GREY > 90)), 0),
    "animation": (
        "a.webp",
        encoded(of(COLORS), "WEBP", lossless=True, save_all=True, append_images=[of(255 - COLORS)]),
        rgb(COLORS),
        0,
    ),
    "PNG that is called JPEG": ("a.jpg", encoded(of(COLORS), "PNG"), rgb(COLORS), 0),
    "BMP": ("a.bmp", encoded(of(COLORS), "BMP"), rgb(COLORS), 0),
    "PPM": ("a.ppm", encoded(of(COLORS), "PPM"), rgb(COLORS), 0),
}

WHOLE = encoded(of(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)), "PNG")
WHOLE_JPEG = encoded(of(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)), "JPEG")

BAD: dict[str, tuple[str, bytes | None, str]] = {
    "empty": ("a.png", b"", r"is empty|it is empty; write or copy it again"),
    "text": ("a.jpg", b"not an image, but text", r"it begins with b'not an image', as no whole im"),
    "cut off": ("a.png", WHOLE[: len(WHOLE) // 2], r"can't be decoded: .*truncated.*copy it again"),
    "cut off JPEG": ("a.jpg", WHOLE_JPEG[: len(WHOLE_JPEG) // 2], r"decoded: .*truncated.*again"),
    "cut off in its header": ("a.jpg", WHOLE_JPEG[:15], r"can't be decoded: "),
    "damaged": (
        "a.png",
        WHOLE[:400] + bytes([WHOLE[400] ^ 255]) + WHOLE[401:],
        r"can't be decoded: .*write or copy it again",
    ),
    "bomb": (
        "a.png",
        png_of_size(20_000, 20_000),
        r"can't be decoded: it has more than 89,478,485 pixels; raise PIL\.Image\.MAX_IMAGE_PIXELS",
    ),
    "smaller bomb": ("a.png", png_of_size(10_000, 10_000), r"it has more than 89,478,485 pixels"),
    "floats": (
        "a.tif",
        encoded(of(GREY.astype(np.float32)), "TIFF"),
        r"pixels of 32 bits; save it",
    ),
}


def from_image_folder(path: Path) -> torch.Tensor:
    return ImageFolder(root=path.parents[1])[0].image


def from_pair(path: Path) -> torch.Tensor:
    folder = path.parents[1] / "CamVid"
    for part in ("train", "trainannot"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    path.rename(folder / "train" / path.name)
    of(LABELS).save(folder / "trainannot" / f"{path.stem}.png")
    return CamVid("train", root=folder)[0].image


def from_read(path: Path) -> torch.Tensor:
    return torch.from_numpy(read(path))


def from_frames(path: Path) -> torch.Tensor:
    return read(path, as_dataset=True)[0].image


READERS: list[Callable[[Path], torch.Tensor]] = [
    *(from_image_folder, from_pair, from_read, from_frames)
]


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "images" / "class" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("get", READERS)
def test_unusual_images_have_their_pixels(kind: str, get: Callable[..., Any], tmp_path: Path):
    name, content, pixels, tolerance = GOOD[kind]
    found = get(written(tmp_path, name, content))
    assert (found.dtype, found.shape) == (torch.uint8, (3, 6, 8))
    assert np.abs(found.numpy() - pixels.astype(float)).max() <= tolerance


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("get", READERS)
def test_bad_images_are_told_in_one_line(kind: str, get: Callable[..., Any], tmp_path: Path):
    name, content, message = BAD[kind]
    path = written(tmp_path, name, content)
    with pytest.raises(ConfigError) as error:
        get(path)
    assert re.search(message, str(error.value))
    assert f"/{name}" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("get", READERS)
def test_missing_images_are_told(get: Callable[..., Any], tmp_path: Path):
    path = written(tmp_path, "a.png", GOOD["grey"][1])
    if get is from_image_folder:
        dataset = ImageFolder(root=path.parents[1])
        path.unlink()
        with pytest.raises(ConfigError, match=r"there is no image .*a\.png"):
            assert dataset[0].image
    elif get is not from_pair:  # a pair looks for its files when it is made
        path.unlink()
        with pytest.raises(ConfigError, match=r"there is no file .*a\.png"):
            get(path)


def camvid(folder: Path, image: bytes, label: bytes, name: str = "0.png") -> CamVid:
    for part, content, file in (("train", image, name), ("trainannot", label, "0.png")):
        (folder / "CamVid" / part).mkdir(parents=True)
        (folder / "CamVid" / part / file).write_bytes(content)
    return CamVid("train", root=folder)


PICTURE = encoded(of(COLORS), "PNG")
LABEL_MAPS: dict[str, bytes] = {
    "grey": encoded(of(LABELS), "PNG"),
    "palette": encoded(palette(LABELS, RAMP), "PNG"),
    "16 bits": encoded(of(LABELS.astype(np.uint16)), "PNG"),
    "turned": turned_by_exif(of(LABELS), "PNG", 6),  # a label map lies as it is stored
}


@pytest.mark.parametrize("kind", LABEL_MAPS)
def test_label_maps_hold_numbers_of_classes(kind: str, tmp_path: Path):
    expected = np.where(LABELS == 11, -1, LABELS.astype(int))
    assert np.array_equal(camvid(tmp_path, PICTURE, LABEL_MAPS[kind])[0].label, expected)


def test_a_label_map_of_one_bit_has_two_classes(tmp_path: Path):
    label = camvid(tmp_path, PICTURE, encoded(of(LABELS > 5), "PNG"))[0].label
    assert np.array_equal(label, LABELS > 5)


@pytest.mark.parametrize(
    ("label", "message"),
    ids=[
        "empty",
        "colors",
        "floats",
        "alpha",
        "smaller",
        "turned",
        "out of range",
        "out of 8 bits",
    ],
    argvalues=[
        (b"", r"the image .*trainannot/0\.png can't be decoded: it is empty"),
        (PICTURE, r"0\.png has colors \(RGB\); one number a pixel is needed"),
        (
            encoded(of(LABELS.astype(np.float32)), "TIFF"),
            r"0\.png has pixels of 32 bits; one number a pixel is needed, of 8 or 16 bits",
        ),
        (encoded(of(LABELS).convert("LA"), "PNG"), r"0\.png has colors \(LA\); one number a pixel"),
        (
            encoded(of(LABELS[:5]), "PNG"),
            r"0\.png has 8×5 pixels, but its image .*0\.png has 8×6\n?",
        ),
        (
            encoded(of(LABELS.T), "PNG"),
            r"has 6×8 pixels, but its .* 8×6; a photo and its label map",
        ),
        (
            encoded(of(np.where(LABELS == 7, 12, LABELS)), "PNG"),
            r"0\.png holds 12, which is no class \(known are 0-11\), at \[0, 7\]",
        ),
        (encoded(of(LABELS.astype(np.uint16) + 690), "PNG"), r"0\.png holds 690, which is no clas"),
    ],
)
def test_label_maps_that_do_not_fit_are_told(label: bytes, message: str, tmp_path: Path):
    dataset = camvid(tmp_path, PICTURE, label)
    with pytest.raises(ConfigError, match=message) as error:
        assert dataset[0].label
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("label", [3, -2, 255])
def test_labels_out_of_range_are_told_with_their_sample(label: int):
    images, labels = np.zeros((3, 3, 2, 2), np.uint8), np.array([0, -1, label])
    with pytest.raises(ConfigError, match=rf"0 to 2: that of sample 2 is {label}$"):
        PixelDataset("Mine('train')", images, labels, ("a", "b", "c"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_as_they_are_shown(orientation: int, tmp_path: Path):
    content = turned_by_exif(of(COLORS), "PNG", orientation)
    path = written(tmp_path, "a.png", content)
    turns: list[Callable[[np.ndarray], np.ndarray]] = [
        *(lambda a: a, np.fliplr, lambda a: np.rot90(a, 2), np.flipud),
        *(lambda a: a.swapaxes(0, 1), lambda a: np.rot90(a, -1)),
        *(lambda a: np.rot90(a, 2).swapaxes(0, 1), np.rot90),
    ]
    shown = rgb(turns[orientation - 1](COLORS))
    for get in (from_image_folder, from_read, from_frames):
        assert np.array_equal(get(path), shown)


def test_colors_of_16_bits_become_8(tmp_path: Path):
    cv2 = pytest.importorskip("cv2")
    path = written(tmp_path, "a.png", b"")
    cv2.imwrite(str(path), COLORS[..., ::-1].astype(np.uint16) * 256 + 99)
    for get in (from_image_folder, from_read, from_frames):
        assert np.array_equal(get(path), rgb(COLORS))


def test_pairs_stay_as_they_are_stored(tmp_path: Path):
    photo = turned_by_exif(of(COLORS), "JPEG", 6)
    pair = camvid(tmp_path, photo, LABEL_MAPS["grey"], "0.jpg")[0]
    assert pair.image.shape[1:] == pair.label.shape == (6, 8)


def test_all_frames_of_an_animation_are_read(tmp_path: Path):
    frames = [of(np.full((6, 8, 3), 40 * i, np.uint8)) for i in range(4)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=10)
    path = written(tmp_path, "a.gif", content)
    found = read(path, as_dataset=True)
    assert [int(record.image.max()) for record in found] == [0, 40, 80, 120]
    assert np.array_equal(read(path), found[0].image)


def test_the_limit_of_pixels_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path, "a.png", PICTURE)
    monkeypatch.setattr(image_module, "MAX_IMAGE_PIXELS", 47)
    with pytest.raises(ConfigError, match="it has more than 47 pixels"):
        read(path)
    monkeypatch.setattr(image_module, "MAX_IMAGE_PIXELS", 48)
    assert read(path).shape == (3, 6, 8)
