"""Batches that are read at once are those of the samples, and as safe."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    DataLoader,
    FunctionDataset,
    PackedDataset,
    Record,
    collate,
    pack,
)

COUNT = 11
PIXELS = torch.arange(COUNT * 3 * 4 * 5).reshape(COUNT, 3, 4, 5)


def plain(i: int) -> Record:
    """Fields that are stored as arrays of one shape, of all types."""
    return Record(
        image=PIXELS[i].byte() / 255,
        bytes=PIXELS[i].byte(),
        clip=PIXELS[i, None].byte().double() / 255,
        array=PIXELS[i].byte().permute(1, 2, 0).numpy() / np.float32(255),
        map=PIXELS[i, 0],
        empty=torch.zeros(2, 0, 3),
        mask=PIXELS[i] % 2 == 0,
        complex=PIXELS[i] * 1j,
        vector=np.arange(3, dtype=np.int16) * i,
        half=np.float16(i),
        number=np.bool_(i % 2),
        flag=i % 3 == 0,
        count=i,
        share=i / 7,
    )


@pytest.fixture(scope="module", params=[(".npz", 1), (".npz", 3), (".hdf5", 1), (".hdf5", 3)])
def packed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> PackedDataset:
    suffix, shards = request.param
    path = tmp_path_factory.mktemp("packed") / f"a{suffix}"
    return pack(FunctionDataset(plain, COUNT), path, shards=shards, worker_count=0)


@given(indices=hnp.arrays(np.int64, st.integers(1, 20), elements=st.integers(0, COUNT - 1)))
def test_a_batch_is_that_of_its_samples(packed: PackedDataset, indices: np.ndarray):
    assert packed.can_batch
    batch = packed.get_batch(indices)
    for expected in (
        collate([packed[i] for i in indices]),
        collate([plain(int(i)) for i in indices]),
    ):
        assert batch.keys() == expected.keys()
        for name, value in expected.items():
            assert batch[name].dtype == value.dtype, name
            assert torch.equal(batch[name], value), name


def test_large_fields_are_read_when_they_are_asked_for(packed: PackedDataset):
    batch = packed.get_batch(np.array([3, 0]))
    names = batch.keys()
    small = ["vector", "half", "number", "flag", "count", "share"]
    assert [name for name in names if not batch.is_lazy(name)] == small


def test_a_batch_can_be_written_to(packed: PackedDataset):
    indices = np.array([2, 2])
    for value in packed.get_batch(indices):
        value[...] = 1
    expected = collate([plain(2), plain(2)])
    for name, value in packed.get_batch(indices).items():
        assert torch.equal(value, expected[name])


@pytest.mark.parametrize("workers", [0, 2])
def test_loaders_read_at_once(packed: PackedDataset, workers: int):
    loader = DataLoader(packed, 4, shuffle=True, worker_count=workers, seed=3)
    alone = DataLoader(FunctionDataset(plain, COUNT), 4, shuffle=True, seed=3)
    for batch, expected in zip(loader, alone, strict=True):
        assert all(torch.equal(batch[name], value) for name, value in expected.items())
    loader.close()


def test_pickling_takes_no_arrays_along(tmp_path: Path):
    many = ArrayDataset(image=torch.rand(5000, 1, 8, 8), label=range(5000))
    packed = pack(many, tmp_path / "a.npz", shards=2, worker_count=0)
    packed.get_batch(np.arange(9)).evaluate()
    stored = pickle.dumps(packed)
    assert len(stored) < 10_000
    assert pickle.loads(stored).get_batch(np.array([7])).label.tolist() == [7]


@pytest.mark.parametrize(
    "options",
    [{"fetch_f": lambda columns, i: Record(x=i)}, {"prepare_f": lambda record: record}],
    ids=["fetch_f", "prepare_f"],
)
def test_functions_of_the_users_are_given_samples(packed: PackedDataset, options: dict):
    assert not PackedDataset(packed.paths, **options).can_batch


@pytest.mark.parametrize("value", ["text", [1, 2], {"a": 1}], ids=["text", "list", "mapping"])
def test_what_has_no_one_shape_is_read_one_by_one(value: object, tmp_path: Path):
    dataset = FunctionDataset(lambda i: Record(x=value, y=i), 3)
    packed = pack(dataset, tmp_path / "a.npz", worker_count=0)
    assert not packed.can_batch
    batch = packed.get_batch(np.array([0, 2]))
    assert (batch.x, batch.y.tolist()) == ([value, value], [0, 2])


def test_labels_of_shards_are_put_together_once(packed: PackedDataset):
    assert packed.labels["count"].base is packed.labels["count"].base
    assert packed.labels["count"].tolist() == list(range(COUNT))


@pytest.fixture(params=[1, 2])
def images(request: pytest.FixtureRequest, tmp_path: Path) -> PackedDataset:
    return pack(
        ArrayDataset(image=PIXELS.float()), tmp_path / "a.npz", shards=request.param, worker_count=0
    )


def test_an_altered_sample_is_told_in_its_batch(images: PackedDataset):
    path = images.paths[-1]
    content = path.read_bytes()
    place = content.index(PIXELS[9].float().numpy().tobytes())
    path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    fresh = PackedDataset(images.paths)
    assert torch.equal(fresh.get_batch(np.array([8])).image, PIXELS[[8]].float())
    with pytest.raises(ConfigError, match="of 'image' has another checksum; copy it again"):
        fresh.get_batch(np.array([8, 9, 10])).evaluate()


def test_a_file_that_is_cut_off_while_it_is_open_is_told(images: PackedDataset):
    images.get_batch(np.array([1])).evaluate()
    os.truncate(images.paths[0], 100)
    with pytest.raises(ConfigError, match="is shorter than it was"):
        images.get_batch(np.array([2])).evaluate()
