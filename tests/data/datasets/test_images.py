"""Images of all kinds are decoded alike, or refused with one line."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data.datasets._files import _images, image_size, read_image

image_module = pytest.importorskip("PIL.Image")

GRADIENT = np.add.outer(np.arange(6) * 20, np.arange(8) * 10).astype(np.uint8)


def image(mode: str) -> np.ndarray:
    base = image_module.fromarray(np.stack([GRADIENT] * 3, axis=-1))
    return base.convert(mode)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("RGB", "png"), ("L", "png"), ("LA", "png"), ("RGBA", "png"), ("P", "png"), ("RGB", "bmp")],
)
def test_lossless_modes_give_their_pixels(mode: str, suffix: str, tmp_path: Path):
    path = tmp_path / f"image.{suffix}"
    image(mode).save(path)
    read = read_image(path)
    assert (read.dtype, read.shape) == (torch.uint8, (3, 6, 8))
    tolerance = 30 if mode == "P" else 0  # a palette of few greys
    assert (read.int() - torch.from_numpy(GRADIENT).int()).abs().max() <= tolerance


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_of_all_modes_keeps_its_colors(mode: str, tmp_path: Path):
    image(mode).save(tmp_path / "image.jpg", quality=100)
    read = read_image(tmp_path / "image.jpg")
    assert (read.int() - torch.from_numpy(GRADIENT).int()).abs().max() <= 3


def test_both_decoders_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("simplejpeg")
    noise = np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    for i, options in enumerate([{}, {"quality": 30}, {"subsampling": 0}, {"progressive": True}]):
        path = tmp_path / f"{i}.jpg"
        image_module.fromarray(noise).save(path, **options)
        fast = read_image(path)
        with monkeypatch.context() as patch:
            patch.setattr(_images, "_simplejpeg", lambda: None)
            assert torch.equal(fast, read_image(path))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(orientation: int, tmp_path: Path):
    exif = image_module.Exif()
    exif[0x0112] = orientation
    image("RGB").save(tmp_path / "photo.png", exif=exif)
    operations = [
        lambda a: a,
        lambda a: a[:, ::-1],
        lambda a: a[::-1, ::-1],
        lambda a: a[::-1],
        lambda a: a.T,
        lambda a: np.rot90(a, -1),
        lambda a: a[::-1, ::-1].T,
        lambda a: np.rot90(a),
    ]
    expected = operations[orientation - 1](GRADIENT)
    assert (read_image(tmp_path / "photo.png")[0].numpy() == expected).all()
    image("RGB").save(tmp_path / "photo.jpg", exif=exif)
    assert read_image(tmp_path / "photo.jpg").shape == (3, *expected.shape)
    assert image_size(tmp_path / "photo.jpg") == (6, 8)
    assert (read_image(tmp_path / "photo.png", upright=False)[0].numpy() == GRADIENT).all()


@pytest.mark.parametrize("exif", [b"Exif\0\0no", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0"])
def test_damaged_descriptions_of_photos_do_no_harm(exif: bytes, tmp_path: Path):
    image("RGB").save(tmp_path / "photo.jpg", exif=exif)
    assert read_image(tmp_path / "photo.jpg").shape == (3, 6, 8)


def test_small_faults_of_jpeg_files_are_forgiven(tmp_path: Path):
    image("RGB").save(tmp_path / "photo.jpg")
    good = read_image(tmp_path / "photo.jpg")
    content = (tmp_path / "photo.jpg").read_bytes()
    (tmp_path / "photo.jpg").write_bytes(content[:-2] + b"\x12\x34" + content[-2:])
    assert torch.equal(read_image(tmp_path / "photo.jpg"), good)


def test_sixteen_bits_become_eight(tmp_path: Path):
    image_module.fromarray(GRADIENT.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert (read_image(tmp_path / "deep.png")[1].numpy() == GRADIENT).all()


def test_transparent_palette_loses_its_transparency(tmp_path: Path):
    image("P").save(tmp_path / "clear.png", transparency=bytes(range(256)))
    assert read_image(tmp_path / "clear.png").shape == (3, 6, 8)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_other_pixels_are_refused(dtype: type, tmp_path: Path):
    image_module.fromarray(GRADIENT.astype(dtype)).save(tmp_path / "odd.tif")
    with pytest.raises(ConfigError, match=r"odd\.tif has pixels of 32 bits"):
        read_image(tmp_path / "odd.tif")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("share", [0, 0.3, 0.7])
def test_truncated_images_are_told_with_their_path(suffix: str, share: float, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    buffer = BytesIO()
    image_module.fromarray(noise).save(buffer, {"jpg": "jpeg"}.get(suffix, suffix))
    content = buffer.getvalue()
    path = tmp_path / f"torn.{suffix}"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ConfigError, match=rf"torn\.{suffix} can't be decoded: "):
        read_image(path)


def test_missing_images_and_text_are_told(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"there is no image .*none\.png"):
        read_image(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not an image")
    with pytest.raises(ConfigError, match=r"text\.png can't be decoded"):
        read_image(tmp_path / "text.png")
