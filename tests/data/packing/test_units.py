"""Floats that are bytes divided by 255 take a byte each, and no float loses a bit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labwork.data import ArrayDataset, Dataset, FunctionDataset, PackedDataset, Record, pack
from labwork.data._packing._unit_pixels import pack_units, unpack_units

FLOATS = ("<f2", "<f4", "<f8")
SHAPES = hnp.array_shapes(min_dims=3, max_dims=4, max_side=4)
BYTES = torch.arange(2 * 3 * 6 * 8).reshape(2, 3, 6, 8).to(torch.uint8)


def unpacked(stored: bytes, like: np.ndarray) -> np.ndarray:
    return unpack_units(np.frombuffer(stored, np.uint8), like.dtype.str, like.shape)


@given(dtype=st.sampled_from(FLOATS), shape=SHAPES, data=st.data())
def test_no_float_loses_a_bit(dtype: str, shape: tuple[int, ...], data: st.DataObject):
    in_range = st.floats(0, 1, width=16)
    elements = data.draw(st.sampled_from([None, in_range, st.sampled_from([0.0, 1.0, -0.0])]))
    values = data.draw(hnp.arrays(dtype, shape, elements=elements))
    assert unpacked(pack_units(values), values).tobytes() == values.tobytes()


@given(dtype=st.sampled_from(FLOATS), pixels=hnp.arrays(np.uint8, SHAPES))
def test_divided_bytes_take_a_byte(dtype: str, pixels: np.ndarray):
    kind = torch.from_numpy(np.empty(0, dtype)).dtype
    for values in (pixels.astype(dtype) / np.dtype(dtype).type(255), _by_torch(pixels, kind)):
        assert pack_units(values) == pixels.tobytes()


def _by_torch(pixels: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    return (torch.from_numpy(pixels).to(dtype) / 255).numpy()


def image_size(packed: PackedDataset) -> int:
    """The bytes that the field ``image`` takes in all files, without lengths and checksums."""
    with np.load(packed.paths[0]) as arrays:
        return next(arrays[name].nbytes for name in ("image", "image.bytes") if name in arrays)


@pytest.mark.parametrize("shards", [1, 2])
def test_pixels_are_stored_as_the_bytes_that_they_are(shards: int, tmp_path: Path):
    images = BYTES.float() / 255
    packed = pack(ArrayDataset(image=images), tmp_path / "a.npz", shards=shards, worker_count=0)
    assert image_size(packed) * shards == BYTES.numel()
    assert packed.can_batch
    for view in (packed, packed.map_fields(image=lambda image: image)):
        assert torch.equal(torch.stack([record.image for record in view]), images)
    assert torch.equal(packed.get_batch(np.array([1, 0])).image, images.flip(0))


def test_what_is_no_byte_among_them_keeps_its_bits(tmp_path: Path):
    images = BYTES.float() / 255
    images[1] += 0.5
    packed = pack(ArrayDataset(image=images), tmp_path / "a.npz", worker_count=0)
    assert image_size(packed) == images[0].numel() * (1 + 4)
    assert not packed.can_batch
    assert torch.equal(torch.stack([record.image for record in packed]), images)
    halved = pack(ArrayDataset(image=images), tmp_path / "b.npz", shards=2, worker_count=0)
    assert not halved.can_batch
    assert torch.equal(halved.get_batch(np.array([1, 0, 1])).image, images[[1, 0, 1]])


@pytest.mark.parametrize(
    ("dataset", "options"),
    [
        (ArrayDataset(image=BYTES.float() / 255), {"dtypes": {"image": "float32"}}),
        (ArrayDataset(image=BYTES.float() / 254), {}),
        (ArrayDataset(image=BYTES[0].float() / 255), {}),
        (FunctionDataset(lambda i: Record(image=BYTES[i].bool()), 2), {}),
    ],
    ids=["asked for", "other floats", "no images", "no floats"],
)
def test_others_are_plain_arrays(dataset: Dataset, options: dict, tmp_path: Path):
    packed = pack(dataset, tmp_path / "a.npz", worker_count=0, **options)
    assert image_size(packed) == sum(record.image.numpy().nbytes for record in dataset)
    assert packed.can_batch
