"""A dataset that was written as a folder is read back equal, and only as it was written."""

import json
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError, content_digest
from labwork.data import ArrayDataset, Dataset, FolderDataset, FunctionDataset, Record, save_folder

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
shapes = st.lists(st.integers(0, 3), max_size=3)
dtypes = st.sampled_from(["uint8", "int64", "float32", "bool", "float16", "complex64"])
VALUES = {
    "tensor": lambda d, shape, dtype: torch.zeros(shape).to(getattr(torch, dtype)) + d(bytes_) % 2,
    "array": lambda d, shape, dtype: (np.zeros(shape) + d(bytes_)).astype(dtype),
    "int": lambda d, *_: d(st.integers(-(2**63), 2**63 - 1)),
    "float": lambda d, *_: d(st.floats(allow_nan=False)),
    "bool": lambda d, *_: d(st.booleans()),
    "text": lambda d, *_: d(st.text(st.characters(), max_size=5)),
    "json": lambda d, *_: [d(plain)],
    "none": lambda d, *_: None,
}
bytes_ = st.integers(0, 255)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
NAMES = ["x", "x_", "self", "fields", "..", "a/b", "/etc/x", "C:\\x", ".", "é ü", "a.npy", ""]


@st.composite
def samples(draw) -> list[Record]:
    fields = draw(st.lists(names | st.sampled_from(NAMES), unique_by=str.lower, max_size=3))
    kinds = {name: draw(st.sampled_from(sorted(VALUES))) for name in fields}
    forms = {name: (draw(shapes), draw(dtypes)) for name in fields}
    count = draw(st.integers(0, 3))
    return [
        Record({n: VALUES[kind](draw, *forms[n]) for n, kind in kinds.items()})
        for _ in range(count)
    ]


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor | np.ndarray | np.generic):
        is_array = not isinstance(one, torch.Tensor)
        kinds = (np.ndarray, np.generic) if is_array else torch.Tensor
        alike = isinstance(other, kinds) and (one.dtype, one.shape) == (other.dtype, other.shape)
        return alike and bool((one == other).all())
    return type(one) is type(other) and one == other


def of_list(records: list[Record]) -> Dataset:
    return FunctionDataset(records.__getitem__, len(records), {"class_count": 3, "size": (1, 2)})


def assert_reads_back(records: list[Record], folder: Path) -> FolderDataset:
    save_folder(of_list(records), folder)
    read = FolderDataset(folder)
    assert len(read) == len(records)
    for record, again in zip(records, read, strict=True):
        assert again.keys() == record.keys()
        assert all(same(v, again[name]) for name, v in record.items()), (record, again)
    assert dict(read.info) == {"class_count": 3, "size": (1, 2)}
    for name, labels in read.labels.items():
        assert labels.tolist() == [np.asarray(record[name]).item() for record in records]
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name]
    return read


@given(samples())
def test_what_is_written_is_read_back_equal(records):
    with tempfile.TemporaryDirectory() as place:
        assert_reads_back(records, Path(place) / "folder")


@pytest.mark.parametrize("channels", [1, 3, 4, 2, None])
@pytest.mark.parametrize("kind", ["tensor", "array"])
def test_pictures_become_png_files_and_keep_every_bit(channels, kind, tmp_path):
    pytest.importorskip("PIL")
    array = np.random.default_rng(0).integers(0, 256, (2, 7, 5, channels or 1)).astype("uint8")
    array = array if channels else array[..., 0]
    if kind == "tensor":
        images = [torch.from_numpy(np.moveaxis(a, -1, 0) if channels else a) for a in array]
    else:
        images = list(array)
    assert_reads_back([Record(image=image) for image in images], tmp_path / "f")
    found = sorted(p.name for p in (tmp_path / "f" / "samples").rglob("*.*"))
    suffix = "npy" if channels == 2 else "png"
    assert found == [f"000000.{suffix}", f"000001.{suffix}"]


def test_labels_need_no_files_and_files_are_read_when_a_field_is(tmp_path):
    save_folder(ArrayDataset(image=torch.rand(3, 1, 4, 4), label=[5, 6, 7]), tmp_path / "f")
    read = FolderDataset(tmp_path / "f")
    for file in (tmp_path / "f" / "samples").rglob("*.npy"):
        file.unlink()
    assert read[1:].labels["label"].tolist() == [6, 7]
    assert [int(r.label) for r in read] == [5, 6, 7]
    assert read[0].is_lazy("image")
    with pytest.raises(ConfigError, match=r"000002\.npy is missing"):
        _ = read[2].image


def test_reading_travels_to_other_processes_by_its_path(tmp_path):
    read = assert_reads_back([Record(x=1, y="a"), Record(x=2, y="b")], tmp_path / "f")
    twin = pickle.loads(pickle.dumps(read))
    assert repr(twin) == repr(read) == f"FolderDataset({str(tmp_path / 'f')!r})"
    assert [(r.x, r.y) for r in twin] == [(1, "a"), (2, "b")]


def edit_count(folder: Path) -> None:
    meta = folder / "meta.yaml"
    meta.write_text(meta.read_text().replace("count: 2", "count: 1"))


def edit_loader(folder: Path) -> None:
    meta = folder / "meta.yaml"
    meta.write_text(meta.read_text().replace("txt", "os.system"))


def flip_bit(pattern: str):
    def flip(folder: Path) -> None:
        (file,) = folder.glob(pattern)
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)

    return flip


ALTERED = {
    "unfinished": (lambda f: (f / "meta.yaml").unlink(), "isn't a finished dataset folder"),
    "torn": (lambda f: (f / "meta.yaml").write_text("count: ["), "torn or was altered"),
    "empty": (lambda f: (f / "meta.yaml").write_text(""), "torn or was altered"),
    "list": (lambda f: (f / "meta.yaml").write_text("[1]"), "torn or was altered"),
    "count": (edit_count, "torn or was altered"),
    "loader": (edit_loader, "torn or was altered"),
    "labels": (flip_bit("labels/x.npy"), r"x.npy is missing or was altered"),
    "no labels": (lambda f: (f / "labels/x.npy").unlink(), r"x.npy is missing or was altered"),
    "checksums": (flip_bit("checksums/y.npy"), r"y.npy is missing or was altered"),
    "sample": (flip_bit("samples/y/000001.txt"), r"000001.txt was altered"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_unfinished_and_altered_folders_are_refused(name, tmp_path):
    alter, message = ALTERED[name]
    save_folder(of_list([Record(x=1, y="a"), Record(x=2, y="b")]), tmp_path / "f")
    alter(tmp_path / "f")
    with pytest.raises(ConfigError, match=message) as caught:
        _ = FolderDataset(tmp_path / "f")[1].y
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="is no folder"):
        FolderDataset(tmp_path / "nothing")


BAD = {
    "not records": ([1, 2], r"sample 0 of .* is a int, no Record: .*\.map"),
    "other fields": ([Record(a=1), Record(b=1)], "sample 1 of .* has the fields b, but .* has a"),
    "other type": ([Record(a=1), Record(a=1.5)], "'a' of sample 1 .* it is float .* is int"),
    "other dtype": ([Record(a=np.int32(1)), Record(a=np.int8(1))], "sample 1 .* int8, .* int32"),
    "object": ([Record(a=object())], "'a' of sample 0 .* it is a object"),
    "object in a list": ([Record(a=[1, object()])], "'a.1' of sample 0 .* it is a object"),
    "range as a key": ([Record(a={range(2): b""})], "keys that are no strings or numbers"),
    "objects": ([Record(a=np.array([object()]))], "an array of object can't be stored"),
    "sparse": ([Record(a=torch.zeros(2).to_sparse())], "sparse.* can't be stored"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_stored_is_refused_and_leaves_nothing(name, tmp_path):
    records, message = BAD[name]
    with pytest.raises(ConfigError, match=message):
        save_folder(of_list(records), tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


def test_interrupted_writing_leaves_nothing_and_existing_folders_stay(tmp_path):
    def interrupted(index):
        if index == 1:
            raise KeyboardInterrupt
        return Record(x="a")

    with pytest.raises(KeyboardInterrupt):
        save_folder(FunctionDataset(interrupted, 2), tmp_path / "f")
    assert list(tmp_path.iterdir()) == []
    save_folder(of_list([Record(x="a")]), tmp_path / "f")
    with pytest.raises(ConfigError, match="exists already"):
        save_folder(of_list([Record(x="b")]), tmp_path / "f")
    assert FolderDataset(tmp_path / "f")[0].x == "a"


def test_folders_of_older_versions_are_read(tmp_path):
    """They say nothing of layouts, and tuples of facts became lists."""
    records = [Record(x=np.float32(i), y=[i, None], z=torch.zeros(3) + i) for i in range(2)]
    save_folder(of_list(records), tmp_path / "f")
    meta = tmp_path / "f" / "meta.yaml"
    content = yaml.safe_load(meta.read_text())
    for name in ("layout", "sha256"):
        del content[name]
    content |= {"format": "labwork folder 1", "info": {"class_count": 3, "size": [1, 2]}}
    content["fields"][0]["type"], content["fields"][1]["type"] = "array", "json"
    meta.write_text(yaml.safe_dump({**content, "sha256": content_digest(content)}))
    read = FolderDataset(tmp_path / "f")
    assert read.info == {"class_count": 3, "size": [1, 2]}
    for record, again in zip(records, read, strict=True):
        assert all(same(value, again[name]) for name, value in record.items())


def test_meta_is_plain_and_names_no_code(tmp_path):
    save_folder(of_list([Record(x=[1], y=torch.zeros(2), z=1)]), tmp_path / "f")
    text = (tmp_path / "f" / "meta.yaml").read_text()
    assert "!!" not in text
    assert "torch" not in text
    assert json.loads((tmp_path / "f/samples/x/000000.json").read_text()) == [1]
