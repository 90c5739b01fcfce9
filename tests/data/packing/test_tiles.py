"""JPEG files in tiles: a window has, to the bit, the pixels of the whole image."""

from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labwork.data import ArrayDataset, DataLoader, Dataset, PackedDataset, Record, pack
from labwork.data._lazy_image import Window
from labwork.data._packing._jpeg import decode_jpeg, encode_jpeg
from labwork.data._packing._jpeg_tiles import JpegTiles
from labwork.data.augmentation import (
    CenterCrop,
    ColorJitter,
    Maybe,
    Pad,
    PadCropFlip,
    RandomCrop,
    RandomFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomScaleCrop,
    Resize,
)

SIDES = st.integers(1, 150)
SAMPLINGS = ["4:4:4", "4:2:2", "4:2:0"]
OPERATIONS = [
    CenterCrop(40),
    CenterCrop((90, 200), pad_if_needed=True),
    RandomCrop((30, 50)),
    RandomCrop(60, padding=8, fill=0.5),
    PadCropFlip(4),
    RandomFlip(),
    Pad(3),
    Resize((50, 60)),
    RandomResizedCrop(32),
    RandomResizedCrop(32, interpolation="nearest"),
    RandomResizedCrop((24, 32), library="opencv", interpolation="bicubic"),
    RandomScaleCrop((64, 96), scale=(0.3, 3.0)),
    RandomRotation(30),
    ColorJitter(0.3) >> RandomCrop(20),
    RandomResizedCrop(32, library="opencv") >> ColorJitter(0.3),
    Maybe(RandomResizedCrop((80, 100), area=(0.2, 0.3))),
]


def picture(height: int, width: int, channels: int = 3) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x * (k + 1) / 7 + k) + np.cos(y * (k + 2) / 9) for k in range(channels)]
    return np.round(63 * np.stack(waves, -1) + 127).astype(np.uint8)


def saved(pixels: np.ndarray, **options) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(
        buffer, "JPEG", **options
    )
    return buffer.getvalue()


def check_windows(content: bytes, window: Window, channels: int) -> None:
    tiles = JpegTiles.of(content)
    assert tiles is not None
    whole = decode_jpeg(content, channels)
    assert tiles.size == whole.shape[:2]
    file, (x, y, width, height) = tiles.covering(window)
    cut = decode_jpeg(file, channels)[y : y + height, x : x + width]
    left, top = window.x, window.y
    assert np.array_equal(cut, whole[top : top + height, left : left + width])


@st.composite
def windows(draw: st.DrawFn, height: int, width: int) -> Window:
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    sides = draw(st.integers(1, width - left)), draw(st.integers(1, height - top))
    return Window(left, top, *sides)


@given(SIDES, SIDES, st.sampled_from([1, 3]), st.data())
def test_every_window_of_what_we_encode(height, width, channels, data):
    content = encode_jpeg(picture(height, width, channels), 80)
    window = data.draw(windows(height, width))
    if JpegTiles.of(content) is None:  # a single tile
        assert max(height, width) <= 64
    else:
        check_windows(content, window, channels)


@given(SIDES, SIDES, st.sampled_from(SAMPLINGS), st.integers(1, 12), st.booleans(), st.data())
def test_every_window_of_files_of_others(height, width, sampling, interval, by_rows, data):
    markers = {"restart_marker_rows" if by_rows else "restart_marker_blocks": interval}
    content = saved(picture(height, width), subsampling=sampling, **markers)
    if JpegTiles.of(content) is not None:
        check_windows(content, data.draw(windows(height, width)), 3)
    elif by_rows:
        raise AssertionError("whole rows always are tiles")


def test_the_table_of_tiles_says_what_is_found_without_it():
    content = encode_jpeg(picture(375, 500), 90)
    table = content.index(b"tiles\0")
    end = table - 2 + int.from_bytes(content[table - 2 : table])
    without = content[: table - 4] + content[end:]
    listed, found = JpegTiles.of(content), JpegTiles.of(without)
    assert len(listed.content) > len(found.content)
    assert np.array_equal(decode_jpeg(content, 3), decode_jpeg(without, 3))
    for window in [Window(0, 0, 10, 10), Window(100, 50, 300, 200), Window(480, 360, 20, 15)]:
        (a, place), (b, same_place) = listed.covering(window), found.covering(window)
        assert place == same_place
        assert np.array_equal(decode_jpeg(a, 3), decode_jpeg(b, 3))


def test_more_tiles_than_a_table_holds():
    content = saved(picture(1000, 6400, 1), restart_marker_blocks=1)
    check_windows(content, Window(5, 5, 6300, 980), 1)


@given(st.integers(0, 70), st.integers(1, 255))
def test_a_wrong_table_is_noticed(place, change):
    content = bytearray(encode_jpeg(picture(100, 200), 90))
    content[content.index(b"tiles\0") + 6 + place] ^= change
    assert JpegTiles.of(bytes(content)) is None


def test_a_window_is_a_smaller_file():
    content = encode_jpeg(picture(375, 500), 90)
    tiles = JpegTiles.of(content)
    file, _ = tiles.covering(Window(100, 100, 200, 150))
    assert len(file) < 0.4 * len(content)
    assert tiles.covering(Window(0, 0, 500, 375)) == (content, Window(0, 0, 500, 375))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"no picture at all",
        saved(picture(64, 96)),
        saved(picture(64, 96), progressive=True, restart_marker_blocks=1),
        encode_jpeg(picture(64, 96), 90)[:-700],
        encode_jpeg(picture(64, 96), 90)[:300],
        saved(picture(64, 80), restart_marker_blocks=3),
    ],
    ids=["empty", "start", "text", "plain", "progressive", "torn", "header", "no grid"],
)
def test_other_files_have_no_tiles(content):
    assert JpegTiles.of(content) is None


@given(st.binary(max_size=60), st.integers(0, 700), st.integers(0, 3))
def test_damage_never_breaks_the_reader(noise, place, removed):
    content = encode_jpeg(picture(64, 96), 90)
    damaged = content[:place] + noise + content[place + removed :]
    tiles = JpegTiles.of(damaged)
    if tiles is not None and min(tiles.size) > 20:
        _, place = tiles.covering(Window(10, 10, 5, 5))
        assert place[2:] == (5, 5)


class Photos(Dataset):
    """Photos that are no squares, with what moves along."""

    def __len__(self) -> int:
        return 6

    def get(self, index: int) -> Record:
        height, width = 60 + 17 * index, 140 - 7 * index
        image = torch.from_numpy(picture(height, width, 1 + 2 * (index % 2 == 0))).movedim(-1, 0)
        label = torch.arange(height * width).reshape(height, width) % 11
        points = torch.tensor([[3.0, 5.0], [40.0, 30.0]])
        return Record(image=image.expand(3, -1, -1), label=label, points=points)

    def __repr__(self) -> str:
        return "Photos()"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> PackedDataset:
    path = tmp_path_factory.mktemp("packed") / "photos.npz"
    return pack(Photos(), path, encode="jpeg", worker_count=0)


def all_decoded(record: Record) -> Record:
    return record.evaluate()


@pytest.mark.parametrize("operation", OPERATIONS, ids=repr)
def test_augmentation_doesn_t_depend_on_what_is_decoded(packed, operation):
    by_windows = packed.augment(operation).at(3, 5)
    of_whole = packed.map(all_decoded).augment(operation).at(3, 5)
    for part, whole in zip(by_windows, of_whole, strict=True):
        assert part.keys() == whole.keys()
        assert all(map(torch.equal, part, whole))


def test_of_an_image_that_is_cut_out_no_more_is_decoded(packed, monkeypatch):
    sizes = []

    def noted(content: bytes, channels: int, min_size: object = None) -> np.ndarray:
        pixels = decode_jpeg(content, channels)
        sizes.append(pixels.shape[:2])
        return pixels

    monkeypatch.setattr("labwork.data._packing._packed_image.decode_jpeg", noted)
    monkeypatch.setattr("labwork.data._packing._decode.decode_jpeg", noted)
    [sample] = packed[:1].augment(CenterCrop(24))
    assert sample.image.shape == (3, 24, 24)
    [decoded_size] = sizes
    assert max(decoded_size) < 100
    assert packed[0].image.shape == (3, 60, 140)
    assert sizes[-1] == (60, 140)


def test_an_image_that_was_read_before_is_not_decoded_again(packed, monkeypatch):
    record = packed[0]
    image = record.image
    monkeypatch.setattr(JpegTiles, "of", None)
    assert record.undecoded("image") is None
    cropped = ArrayDataset(number=[0]).map(lambda _: record).augment(CenterCrop((60, 140)))[0]
    assert torch.equal(cropped.image, image)


def test_threads_and_processes_cut_out_the_same(packed):
    crops = packed.map_fields({"label": lambda label: label.clone()})
    for dataset, kind in [(packed, "thread"), (crops, "process")]:
        chain = dataset.augment(RandomResizedCrop(16))
        here = [batch.image for batch in DataLoader(chain, 2)]
        there = DataLoader(chain, 2, worker_count=2, worker_kind=kind)
        assert all(map(torch.equal, here, (batch.image for batch in there)))
        there.close()


def test_what_is_altered_is_told_before_a_window_is_decoded(tmp_path):
    path = tmp_path / "photos.npz"
    packed = pack(Photos(), path, encode="jpeg", worker_count=0)
    stored = packed._columns["image"].encoded(2)[0]
    content = path.read_bytes()
    place = content.index(stored) + len(stored) // 2
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    chain = PackedDataset(path).augment(CenterCrop(8))
    with pytest.raises(ValueError, match="altered since it was packed") as caught:
        chain[2]
    assert "in field 'image'" in caught.value.__notes__
    assert chain[1].image.shape == (3, 8, 8)
