"""What goes into a packed file comes out of it, whatever the format, the shards and the workers."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Dataset, Digits, FunctionDataset, PackedDataset, Record, pack

SUFFIXES = (".hdf5", ".npz")


def smooth(height: int, width: int, channels: int, phase: int) -> torch.Tensor:
    """An image that JPEG holds well, uint8 (C, H, W)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    waves = [128 + 100 * torch.sin((x + c * y + phase) / 9) for c in range(channels)]
    return torch.stack(waves).to(torch.uint8)


def scene(i: int) -> Record:
    label = (torch.arange(20 * 30).reshape(20, 30) % (7 + i)) - 1
    return Record(image=smooth(20, 30, 3, i), label=label, name=f"scene ä{i}")


def things(i: int) -> Record:
    return Record(
        flag=i % 2 == 0,
        count=i,
        share=i / 7,
        text="x" * i,
        tags=[{"a": i}, None, "b"],
        half=torch.tensor([i, -i], dtype=torch.float16),
        short=np.arange(3, dtype=np.int16) * i,
        number=np.float32(i),
        wide=torch.full((5, 40), float(i)),
        empty=torch.zeros(0, 3),
        complex=torch.tensor(1j * i),
        big=torch.tensor(i, dtype=torch.uint32),
    )


def odd_names(i: int) -> Record:
    names = ("a.b", "a.crc32", "labwork.manifest", "a/b", "ä ", "..", "a%2Eb")
    return Record({name: torch.full((40,), i * k) for k, name in enumerate(names)})


DATASETS: dict[str, Dataset] = {
    "arrays": ArrayDataset(x=torch.randn(9, 2, 3), label=range(9), info={"class_count": 9}),
    "images": ArrayDataset(image=torch.stack([smooth(8, 12, 3, i) for i in range(5)])),
    "grey": ArrayDataset(image=torch.stack([smooth(8, 12, 1, i) for i in range(5)])),
    "opaque": ArrayDataset(image=torch.stack([smooth(8, 12, 4, i) for i in range(5)])),
    "scenes": FunctionDataset(scene, 6, {"class_count": 13, "class_names": ["a", "b"]}),
    "things": FunctionDataset(things, 7),
    "odd names": FunctionDataset(odd_names, 4),
    "clips": FunctionDataset(
        lambda i: Record(clip=torch.stack([smooth(9, 6, 3, t) for t in range(i + 1)])), 4
    ),
    "channels last": FunctionDataset(
        lambda i: Record(image=np.ascontiguousarray(smooth(9, 7, 3, i).permute(1, 2, 0))), 4
    ),
    "floats": FunctionDataset(lambda i: Record(image=smooth(9, 7, 1, i).float() / 255), 4),
    "halves last": FunctionDataset(
        lambda i: Record(image=smooth(9, 7, 1, i).permute(1, 2, 0).numpy() / np.float16(255)), 4
    ),
    "masks": FunctionDataset(lambda i: Record(mask=smooth(9, 7, 1, i)[0] > 99), 4),
    "digits": Digits("test")[:5],
    "one": ArrayDataset(x=[1.5]),
}
SIZED_DIFFERENTLY = ("clips",)


def same(a: object, b: object) -> bool:
    """Whether two values have the same type, shape, numbers and bits."""
    if isinstance(a, torch.Tensor | np.ndarray):
        if type(a) is not type(b) or a.dtype != b.dtype or a.shape != b.shape:
            return False
        return bool((a == b).all())
    return type(a) is type(b) and a == b


def assert_same(packed: Dataset, dataset: Dataset) -> None:
    assert len(packed) == len(dataset)
    assert packed.info == dataset.info
    for index in range(len(dataset)):
        ours, theirs = packed[index], dataset[index]
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            assert same(ours[name], value), (index, name)


def can_be_raw(name: str) -> dict[str, str]:
    return {"clip": "vuint8"} if name in SIZED_DIFFERENTLY else {}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", DATASETS)
def test_raw_keeps_all_bits(name: str, suffix: str, tmp_path: Path):
    dataset = DATASETS[name]
    pack(dataset, tmp_path / f"a{suffix}", dtypes=can_be_raw(name), worker_count=0)
    assert_same(PackedDataset(tmp_path / f"a{suffix}", verify=True), dataset)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", sorted(set(DATASETS) - {"digits"}))
def test_png_keeps_all_bits(name: str, suffix: str, tmp_path: Path):
    assert_same(
        pack(DATASETS[name], tmp_path / f"a{suffix}", encode="PNG", worker_count=0), DATASETS[name]
    )


@pytest.mark.parametrize("name", ["images", "grey", "scenes", "clips", "channels last", "floats"])
def test_jpeg_is_near(name: str, tmp_path: Path):
    dataset = DATASETS[name]
    packed = pack(dataset, tmp_path / "a.npz", encode="jpeg", quality=95, worker_count=0)
    for ours, theirs in zip(packed, dataset, strict=True):
        for field in ("image", "clip"):
            if field in theirs:
                new, old = torch.as_tensor(ours[field]), torch.as_tensor(theirs[field])
                assert (new.dtype, new.shape) == (old.dtype, old.shape)
                scale = 1 if old.is_floating_point() else 255
                assert float((new.double() - old.double()).abs().mean()) < 0.02 * scale
        assert "label" not in theirs or same(ours.label, theirs.label)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_tells_how_it_was_packed(suffix: str, tmp_path: Path):
    """The same bytes for any number of workers, the same samples and id for any of shards."""
    dataset = DATASETS["scenes"]
    whole = [
        pack(dataset, tmp_path / f"{n}{suffix}", encode="jpeg", worker_count=n) for n in (0, 1, 3)
    ]
    assert len({packed.paths[0].read_bytes() for packed in whole}) == 1
    for shards in (2, 4, 6):
        packed = pack(
            dataset, tmp_path / f"s{shards}{suffix}", encode="jpeg", shards=shards, worker_count=0
        )
        assert packed.id == whole[0].id
        assert_same(packed, whole[0])


@settings(max_examples=25)
@given(count=st.integers(1, 12), data=st.data())
def test_shards_are_balanced(
    count: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    shards = data.draw(st.integers(1, count))
    path = tmp_path_factory.mktemp("packed") / "a.npz"
    dataset = ArrayDataset(x=range(count))
    packed = pack(dataset, path, shards=shards, worker_count=0)
    assert len(packed.paths) == shards
    sizes = [len(np.load(shard)["x"]) for shard in packed.paths]
    assert max(sizes) - min(sizes) <= 1
    assert_same(PackedDataset(data.draw(st.permutations(packed.paths))), dataset)


@settings(max_examples=25)
@given(
    arrays=st.lists(
        hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=4)),
        min_size=1,
        max_size=5,
    )
)
def test_ragged_arrays(arrays: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("packed") / "a.npz"
    dataset = FunctionDataset(lambda i: Record(boxes=arrays[i]), len(arrays))
    packed = pack(dataset, path, dtypes={"boxes": "vfloat32"}, worker_count=0)
    for ours, theirs in zip(packed, arrays, strict=True):
        np.testing.assert_array_equal(ours.boxes, theirs)


def test_random_functions_give_the_same_for_any_number_of_workers(tmp_path: Path):
    dataset = FunctionDataset(lambda i: Record(x=torch.rand(30), y=random.random()), 9)
    here, there = (pack(dataset, tmp_path / f"{n}.npz", worker_count=n) for n in (0, 2))
    assert here.id == there.id


def test_numpy_and_h5py_read_it_as_well(tmp_path: Path):
    h5py = pytest.importorskip("h5py")
    dataset = DATASETS["arrays"]
    for suffix in SUFFIXES:
        pack(dataset, tmp_path / f"a{suffix}", worker_count=0)
    expected = torch.stack([record.x for record in dataset]).numpy()
    with np.load(tmp_path / "a.npz") as npz, h5py.File(tmp_path / "a.hdf5") as hdf5:
        for file in (npz, hdf5):
            np.testing.assert_array_equal(file["x"][()], expected)
            np.testing.assert_array_equal(file["label"][()], range(9))


def test_labels_touch_no_image(tmp_path: Path):
    packed = pack(DATASETS["scenes"].enumerate(), tmp_path / "a.npz", shards=2, worker_count=0)
    labels = packed.labels
    assert list(labels) == ["index"]
    assert labels["index"].tolist() == list(range(6))
    assert packed[[4, 1]].labels["index"].tolist() == [4, 1]
    with pytest.raises(ValueError, match="read-only"):
        labels["index"][0] = 7
    assert packed[1].is_lazy("image")


def test_samples_can_be_written_to(tmp_path: Path):
    packed = pack(DATASETS["things"], tmp_path / "a.npz", worker_count=0)
    for field in ("half", "wide", "short"):
        packed[2][field][...] = 7
        assert not (np.asarray(packed[2][field]) == 7).all()


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([torch.zeros(2), torch.zeros(3)], {}, r"sample 1 of .*: x: it has the shape \(3,\), .*v"),
        ([torch.zeros(2), torch.zeros(2).double()], {}, "x: it is float64, but .* float32"),
        ([torch.zeros(2), np.zeros(2, np.float32)], {}, "it is an array, but .* a tensor"),
        ([1, "a"], {}, "it is a str, but that of sample 0 an int"),
        ([object()], {}, "field 'x' of .*: it is a object"),
        ([np.array([object()])], {}, "an array of object can't be stored"),
        ([np.array(["a"]), np.array(["ab"])], {}, "x: it is <U2, but that of sample 0 is <U1"),
        ([torch.full((3, 4, 4), 1.5)], {"encode": "png"}, "values from 1.5 to 1.5"),
        ([torch.full((4, 4), 2**16)], {"encode": "png"}, "a label map holds 65536"),
        ([torch.zeros(4, 4, 4, dtype=torch.uint8)], {"encode": "jpeg"}, "no opacity"),
        ([torch.zeros(3, 4, 4)], {"height": 2}, "only images of uint8"),
        ([torch.zeros(2)], {"dtypes": {"x": "vint8"}}, "it is float32, but vint8 was asked for"),
        ([torch.zeros(2)], {"dtypes": {"y": "vint8"}}, "unknown field 'y' in dtypes"),
        ([torch.zeros(2)], {"dtypes": ["int8"]}, "dtypes names fields"),
        ([torch.zeros(2)], {"is_seq": True}, "belong to a file list"),
        ([torch.zeros(2)], {"encode": "jpg"}, "unknown encoding 'jpg'; did you mean 'jpeg'"),
        ([torch.zeros(2)], {"channels": 2}, "channels=2: 1, 3 or 4"),
        ([torch.zeros(2)], {"quality": 90}, "quality=90: JPEG has"),
        ([torch.zeros(2)], {"shards": 2}, "1 samples don't fill 2 shards"),
        ([torch.zeros(2)], {"shards": 0}, "at least one file"),
        ([torch.zeros(2)], {"worker_count": -1}, "0 or more processes"),
        ([torch.zeros(2)], {"on_bad": "stop"}, "unknown value 'stop' in on_bad"),
    ],
)
def test_what_cannot_be_packed_is_told(values: list, options: dict, message: str, tmp_path: Path):
    dataset = FunctionDataset(lambda i: Record(x=values[i]), len(values))
    with pytest.raises(ConfigError, match=message) as caught:
        pack(dataset, tmp_path / "a.npz", **{"worker_count": 0, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [[1, 2], torch.utils.data.TensorDataset(torch.zeros(3)), None])
def test_other_sources_are_refused(source: object, tmp_path: Path):
    with pytest.raises(ConfigError, match="can't be packed, but a file list's path or a Dataset"):
        pack(source, tmp_path / "a.npz")


def test_bad_samples_are_skipped_and_counted(tmp_path: Path):
    def function(i: int) -> Record:
        if i % 3 == 0:
            raise OSError("no such disk")
        return Record(x=i)

    dataset = FunctionDataset(function, 10)
    with pytest.raises(ConfigError, match=r"sample 0 of FunctionDataset\(.*: no such disk"):
        pack(dataset, tmp_path / "a.npz", worker_count=0)
    packed = pack(dataset, tmp_path / "b.npz", shards=2, worker_count=0, on_bad="skip")
    assert [record.x for record in packed] == [1, 2, 4, 5, 7, 8]
    assert packed.bad_count == len(packed.bad) == 4
    assert packed.bad[1].startswith("sample 3 of FunctionDataset(")
    with pytest.raises(ConfigError, match="no samples to pack"):
        pack(dataset[[0, 3]], tmp_path / "c.npz", worker_count=0, on_bad="skip")


def test_sizes_and_channels(tmp_path: Path):
    packed = pack(
        DATASETS["scenes"], tmp_path / "a.npz", height=10, channels=1, encode="png", worker_count=0
    )
    assert packed[2].image.shape == (1, 10, 15)
    assert packed[2].label.shape == (10, 15)
    assert set(packed[2].label.unique().tolist()) <= set(scene(2).label.unique().tolist())
