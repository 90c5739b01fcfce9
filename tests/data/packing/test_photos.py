"""Photos of all kinds: upright, in as many channels as was asked for, with their description."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labwork.core import ConfigError
from labwork.data import pack
from labwork.data._packing import _jpeg
from labwork.data._packing._jpeg import decode_jpeg, encode_jpeg
from labwork.data.datasets._files import read_image

PIXELS = np.stack(np.meshgrid(np.arange(48), np.arange(32), [0, 90, 200]), axis=-1).sum(-1)
RGB = Image.fromarray(PIXELS.astype(np.uint8))
ORIENTATION, CAMERA = 0x0112, 0x010F


def exif(orientation: int) -> Image.Exif:
    description = Image.Exif()
    description[CAMERA] = "Camera & Sons"
    description[ORIENTATION] = orientation
    return description


def alpha() -> Image.Image:
    image = RGB.copy()
    image.putalpha(Image.fromarray((PIXELS[..., 0] * 2).astype(np.uint8)))
    return image


KINDS = {
    "rgb.jpg": (RGB, {"quality": 95}),
    "grey.jpg": (RGB.convert("L"), {"quality": 95}),
    "cmyk.jpg": (RGB.convert("CMYK"), {"quality": 95}),
    "progressive.jpg": (RGB, {"progressive": True}),
    "rgb.png": (RGB, {}),
    "grey.png": (RGB.convert("L"), {}),
    "bits.png": (RGB.convert("1"), {}),
    "palette.png": (RGB.convert("P"), {}),
    "sixteen.png": (Image.fromarray((PIXELS[..., 0] * 700).astype(np.uint16)), {}),
    "alpha.png": (alpha(), {}),
    "grey alpha.png": (alpha().convert("LA"), {}),
    "lossless.webp": (RGB, {"lossless": True}),
    "first.gif": (RGB.convert("P"), {}),
    **{f"turned {n}.jpg": (RGB, {"quality": 95, "exif": exif(n)}) for n in range(1, 9)},
    "turned 6.png": (alpha(), {"exif": exif(6)}),
}


def pack_one(path: Path, image: Image.Image, saving: dict, **options: object):
    image.save(path, **saving)
    listed = path.with_name("list.csv")
    listed.write_text(f"image\n{path.name}\n")
    return pack(listed, path.with_name("a.npz"), worker_count=0, **options)


def stored(packed) -> Image.Image:
    [content] = packed._columns["image"].encoded(0)
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("encode", ["png", "raw", "jpeg"])
@pytest.mark.parametrize("name", KINDS)
def test_image_is_what_reading_the_file_gives(name: str, encode: str, tmp_path: Path):
    image = pack_one(tmp_path / name, *KINDS[name], encode=encode)[0].image
    expected = read_image(tmp_path / name)
    assert image.shape == expected.shape
    is_as_it_was = encode != "jpeg" or name in ("rgb.jpg", "grey.jpg", "progressive.jpg")
    if is_as_it_was:
        assert torch.equal(image, expected)
    is_posterized = name in ("palette.png", "first.gif", "bits.png")
    assert (image.double() - expected.double()).abs().mean() < (30 if is_posterized else 6)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("channels", [1, 4])
def test_channels(name: str, channels: int, tmp_path: Path):
    image = pack_one(tmp_path / name, *KINDS[name], encode="png", channels=channels)[0].image
    upright = read_image(tmp_path / name)
    assert image.shape == (channels, *upright.shape[1:])
    if channels == 1:
        grey = Image.fromarray(upright.permute(1, 2, 0).numpy()).convert("L")
        assert np.array_equal(image[0], np.array(grey))
    else:
        assert torch.equal(image[:3], upright)
        assert bool((image[3] == 255).all()) != ("alpha" in name or name == "turned 6.png")


@pytest.mark.parametrize("encode", ["png", "jpeg"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("keep", [True, False])
def test_description_is_kept_as_asked(encode: str, orientation: int, keep: bool, tmp_path: Path):
    saving = {"quality": 95, "exif": exif(orientation)}
    packed = pack_one(tmp_path / "a.jpg", RGB, saving, encode=encode, keep_exif=keep)
    upright = read_image(tmp_path / "a.jpg")
    with stored(packed) as image:
        description = image.getexif()
        # Any reader shows it as it is to be seen: the pixels are turned, and the tag says so.
        assert description.get(ORIENTATION, 1) == 1
        assert description.get(CAMERA) == ("Camera & Sons" if keep else None)
        assert image.size == (upright.shape[2], upright.shape[1])
    assert (packed[0].image.double() - upright.double()).abs().mean() < 6


def test_dropping_a_description_changes_no_pixel(tmp_path: Path):
    saving = {"quality": 95, "exif": exif(1)}
    packed = pack_one(tmp_path / "a.jpg", RGB, saving, keep_exif=False)
    assert torch.equal(packed[0].image, read_image(tmp_path / "a.jpg"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no image"),
        (b"", "it is empty"),
        (b"hello, I am no image", "can't be decoded"),
        ("half", "can't be decoded"),
    ],
)
def test_broken_images_are_told_with_their_line(content: object, reason: str, tmp_path: Path):
    RGB.save(tmp_path / "good.jpg")
    if content is not None:
        whole = (tmp_path / "good.jpg").read_bytes()
        (tmp_path / "bad.jpg").write_bytes(
            whole[: len(whole) // 2] if content == "half" else content
        )
    (tmp_path / "list.csv").write_text("image\ngood.jpg\nbad.jpg\n")
    with pytest.raises(ConfigError, match=r"list\.csv:3: .*bad\.jpg.*") as caught:
        pack(tmp_path / "list.csv", tmp_path / "a.npz", worker_count=0)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numbers_of_32_bits_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="32 bits"):
        pack_one(tmp_path / "a.tiff", Image.fromarray(PIXELS[..., 0].astype(np.float32)), {})


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (32, 48)),
        ({"height": 16}, (16, 24)),
        ({"width": 96}, (64, 96)),
        ({"height": 10, "width": 11}, (10, 11)),
    ],
)
def test_resizing_is_that_of_lanczos(options: dict, size: tuple[int, int], tmp_path: Path):
    image = pack_one(tmp_path / "a.png", RGB, {}, encode="raw", **options)[0].image
    expected = RGB.resize(size[::-1], Image.Resampling.LANCZOS)
    assert np.array_equal(image.permute(1, 2, 0), np.array(expected))


@pytest.mark.parametrize("enough", [1, 7, (8, 12), 17, 32, 1000])
def test_scaled_decoding_gives_at_least_what_is_asked(enough: object, tmp_path: Path):
    from labwork.data import PackedDataset

    packed = pack_one(tmp_path / "a.jpg", RGB, {"quality": 95})
    image = PackedDataset(packed.paths, min_size=enough)[0].image
    needed = enough if isinstance(enough, tuple) else (enough, enough)
    for got, most, whole in zip(image.shape[1:], needed, (32, 48), strict=True):
        assert got >= min(most, whole)
    if max(needed) <= 8:
        assert image.shape[1] < 32
    small = torch.nn.functional.interpolate(
        packed[0].image[None].float(), size=image.shape[1:], mode="area"
    )
    assert (small[0] - image.float()).abs().mean() < 8


@pytest.mark.parametrize("channels", [1, 3])
def test_pillow_stands_in_for_simplejpeg(channels: int, monkeypatch: pytest.MonkeyPatch):
    pixels = PIXELS[..., :channels].astype(np.uint8)
    by_library = decode_jpeg(encode_jpeg(pixels, 90), channels)
    monkeypatch.setattr(_jpeg, "_simplejpeg", lambda: None)
    content = encode_jpeg(pixels, 90)
    assert decode_jpeg(content, channels).shape == by_library.shape
    assert np.abs(decode_jpeg(content, channels).astype(int) - by_library).mean() < 2
    assert decode_jpeg(content, channels, (4, 6)).shape == (4, 6, channels)
