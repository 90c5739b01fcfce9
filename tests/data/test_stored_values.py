"""Records of all kinds of values come out of folders and packed files as they went in."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    Batch,
    DataLoader,
    Dataset,
    FolderDataset,
    FunctionDataset,
    PackedDataset,
    Record,
    ViewDataset,
    pack,
    save_folder,
)
from labwork.data._folders import _arrays, _plain

TENSORS = [
    *(torch.bool, torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.int8, torch.int16),
    *(torch.int32, torch.int64, torch.float16, torch.float32, torch.float64),
    *(torch.complex64, torch.complex128, *_arrays._CARRIERS),
]
ARRAYS = ["?", "u1", "<i8", ">f4", "<f2", "<c8", "<U3", "S2", "<M8[s]", "<m8[D]"]


def tensor(dtype: torch.dtype, shape: list[int], seed: int) -> torch.Tensor:
    """Any bits, those of infinite numbers and of what is no number included."""
    if dtype == torch.bool:
        return torch.full(shape, bool(seed % 2))
    count = torch.Size(shape).numel()
    bits = np.random.default_rng(seed).bytes(dtype.itemsize * max(count, 1))
    return torch.frombuffer(bytearray(bits), dtype=dtype)[:count].reshape(shape)


def array(dtype: str, shape: list[int], seed: int) -> np.ndarray:
    numbers = np.random.default_rng(seed).integers(0, 100, shape)
    return np.asarray(numbers).astype(np.str_ if dtype[1:2] == "U" else np.int64).astype(dtype)


Make = Callable[[int], Any]
shapes = st.lists(st.integers(0, 3), max_size=4)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(
    ["a", "a.b", "b", "..", "tuple", "mapping", "self"]
)
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(keys | st.integers(), inner, max_size=2)
    ),
    max_leaves=4,
).filter(lambda value: type(value) in (list, tuple, dict))
leaves: st.SearchStrategy[Make] = st.one_of(
    st.builds(lambda d, s: lambda i: tensor(d, s, i), st.sampled_from(TENSORS), shapes),
    st.builds(lambda d, s: lambda i: array(d, s, i), st.sampled_from(ARRAYS), shapes),
    st.builds(lambda d: lambda i: array(d, [], i)[()], st.sampled_from(ARRAYS)),
    st.sampled_from([bool, int, float, complex, str]).map(lambda kind: lambda i: kind(i)),
    st.binary(max_size=4).map(lambda content: lambda i: content * i),
    st.lists(plain, min_size=3, max_size=3).map(lambda values: values.__getitem__),
    st.just(lambda i: None),
)


def made(kind: type, names: list[Any], parts: list[Make]) -> Make:
    def make(i: int) -> Any:
        values = [part(i) for part in parts]
        is_named = kind in (Record, Batch, dict)
        return kind(dict(zip(names, values, strict=True))) if is_named else kind(values)

    return make


@st.composite
def containers(draw: Any, inner: st.SearchStrategy[Make]) -> Make:
    names = draw(st.lists(keys, unique_by=str.lower, max_size=3))
    kind = draw(st.sampled_from([Record, Batch, dict, list, tuple]))
    return made(kind, names, [draw(inner) for _ in names])


@st.composite
def datasets(draw: Any) -> Dataset:
    """Three records, made alike."""
    fields = st.recursive(leaves, containers, max_leaves=5)
    names = draw(st.lists(keys, unique_by=str.lower, min_size=1, max_size=4))
    make = made(Record, names, [draw(fields) for _ in names])
    return FunctionDataset(make, 3, draw(st.dictionaries(keys, plain, max_size=2)))


def assert_same(one: Any, other: Any) -> None:
    """Type, dtype, shape and bits are the same, all the way down."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert _arrays.as_array(one).tobytes() == _arrays.as_array(other).tobytes()
    elif isinstance(one, np.ndarray | np.generic):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    elif isinstance(one, Record | dict):
        assert list(one.keys()) == list(other.keys())
        for (_, a), (_, b) in zip(one.items(), other.items(), strict=True):
            assert_same(a, b)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one == other


def stored(dataset: Dataset, folder: Path, **options: Any) -> list[Dataset]:
    save_folder(dataset, folder / "folder")
    packed = pack(dataset, folder / "a.npz", worker_count=0, **options)
    return [FolderDataset(folder / "folder"), packed]


def assert_stored(dataset: Dataset, folder: Path, **options: Any) -> None:
    for read in stored(dataset, folder, **options):
        assert read.info == dataset.info
        assert len(read) == len(dataset)
        for one, other in zip(read, dataset, strict=True):
            assert_same(one, other)


@settings(max_examples=40)
@given(datasets())
def test_every_record_comes_out_as_it_went_in(dataset: Dataset):
    try:
        with tempfile.TemporaryDirectory() as folder:
            assert_stored(dataset, Path(folder))
    except ConfigError as error:  # containers that are plain in one sample and not in another
        assert "but that of sample 0 is" in str(error)  # noqa: PT017


@given(plain)
def test_tagged_data_is_json_and_comes_back(value: Any):
    assert_same(_plain.from_tagged(_plain.tagged(value)), value)


FRAMES = ArrayDataset(
    image=torch.randint(0, 256, (6, 3, 4, 5), dtype=torch.uint8), label=torch.arange(6)
)
VIEWS = ViewDataset(FRAMES, {"target": [2, 4], "context": {"past": [[0, 1], [3, 3]]}})


@pytest.mark.parametrize("encode", ["raw", "png"])
def test_views_are_stored_by_their_parts(encode: str, tmp_path: Path):
    assert_stored(VIEWS, tmp_path, encode=encode)
    folder, packed = FolderDataset(tmp_path / "folder"), PackedDataset(tmp_path / "a.npz")
    for read in (folder, packed):
        assert read.labels["target.label"].tolist() == [2, 4]
        assert read[1].target.is_lazy("image")
        assert not read[1].is_lazy("target")
    (batch,) = DataLoader(packed, 2)
    (expected,) = DataLoader(VIEWS, 2)
    assert_same(batch, expected)
    picture = PackedDataset(
        tmp_path / "a.npz", fetch_f=lambda columns, i: Record(x=columns["target.image"][i])
    )
    assert torch.equal(picture[0].x, FRAMES[2].image)


def test_names_that_meet_are_told_apart(tmp_path: Path):
    record = Record({"a": Record({"b": 1, "b_": 2, "c.d": b"3"}), "a.b": 4, "a.c": {"d": b"5"}})
    assert_stored(FunctionDataset([record].__getitem__, 1), tmp_path)
    assert FolderDataset(tmp_path / "folder").labels["a.b"].tolist() == [4]


DIFFERENT = {
    "lengths": ([[torch.zeros(1)], [torch.zeros(1)] * 2], "it is a list of 0, 1, but .* list of 0"),
    "keys": ([Record(a=1), Record(b=1)], "it is a Record of b, but .* a Record of a"),
    "kinds": ([(b"",), b""], "it is one value, but .* a tuple of 0"),
    "types": ([torch.zeros(1), torch.zeros(1).bfloat16()], "it is .*bfloat16.* but that of sample"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_records_that_are_made_otherwise_are_refused(name: str, tmp_path: Path):
    values, message = DIFFERENT[name]
    dataset = FunctionDataset(lambda i: Record(x=values[i]), 2)
    for store in (save_folder, lambda data, path: pack(data, path, worker_count=0)):
        with pytest.raises(ConfigError, match=f"sample 1 of .*{message}"):
            store(dataset, tmp_path / "a.npz")
