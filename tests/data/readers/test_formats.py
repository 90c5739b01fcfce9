"""Laws for all formats: what was written is read, at once or by samples, in any process."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import DataLoader, Dataset, Record, collate, read
from labwork.data._caches import fingerprint

Write = Callable[[str], Path]


def dataset(path: Path) -> Dataset:
    return read(path, as_dataset=True, trusted=True)


def plain(value: Any) -> Any:
    """What can be compared by ``==``."""
    if isinstance(value, Record):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, torch.Tensor | np.ndarray):
        return str(value.dtype).removeprefix("torch."), value.tolist()
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_samples_are_those_that_were_written(path: Path, expected: dict[str, Any]):
    samples = dataset(path)
    assert len(samples) == len(expected["number"])
    for i in (3, 0, 6):
        for name, values in expected.items():
            if name in (record := samples[i]):
                found, wanted = record[name], values[i]
                if ".tfrecord" in path.name:  # all features are lists there
                    wanted = {"name": [str(wanted).encode()], "number": [wanted]}.get(name, wanted)
                    wanted = np.float32([wanted, 2 * wanted]) if name == "share" else wanted
                    found = found[0] if name == "image" else found
                if path.suffix != ".gif":
                    assert np.array_equal(found, wanted)


@pytest.mark.parametrize(
    "suffix", [".json", ".csv", ".npz", ".pkl", ".h5", ".parquet", ".tfrecord"]
)
def test_all_fields_are_there(suffix: str, write: Write, expected: dict[str, Any]):
    first = dataset(write(f"a{suffix}"))[0]
    assert {"number", "share", "name"} <= set(first.keys())
    assert isinstance(first.number, torch.Tensor)
    assert first.number.dtype == torch.int64


def test_reading_all_gives_what_samples_give(path: Path):
    whole, samples = read(path, trusted=True), dataset(path)
    if isinstance(whole, list):
        assert [plain(r) for r in whole] == [
            {k: v.item() if isinstance(v, torch.Tensor) else v for k, v in r.items()}
            for r in samples
        ]
    elif path.suffix == ".npy":
        assert np.array_equal(whole, [r.value for r in samples])
    elif path.suffix == ".gif":
        assert np.array_equal(whole, samples[0].image)
    elif path.suffix in (".lmdb", ""):
        assert list(whole) == [r.key for r in samples]
        assert plain(list(whole.values())) == [plain(r.value) for r in samples]
    else:
        for name, _ in samples[0].items():
            assert plain(list(whole[name])) == plain([_of_numpy(r[name]) for r in samples])


def _of_numpy(value: Any) -> Any:
    if isinstance(value, list):
        return [_of_numpy(item) for item in value]
    is_number = isinstance(value, torch.Tensor) and value.ndim == 0
    return value.numpy()[()] if is_number else value


def test_workers_read_what_the_main_process_reads(path: Path):
    samples = dataset(path)
    samples[0].evaluate()  # so that the file is open when the workers are forked
    with_bytes = samples.map(_without_bytes)
    here = [plain(batch) for batch in DataLoader(with_bytes, batch_size=2)]
    loader = DataLoader(with_bytes, batch_size=2, worker_count=2)
    assert [plain(batch) for batch in loader] == here
    assert [plain(batch) for batch in loader] == here
    loader.close()
    assert plain(samples[1]) == plain(dataset(path)[1])


def _without_bytes(record: Record) -> Record:
    return Record({k: v.decode() if isinstance(v, bytes) else v for k, v in record.items()})


def test_datasets_can_be_sent_to_other_processes(path: Path):
    samples = dataset(path)
    samples[0].evaluate()
    again = pickle.loads(pickle.dumps(samples))
    assert [plain(r) for r in again] == [plain(r) for r in samples]
    assert repr(again) == repr(samples)


def test_the_repr_is_what_the_user_writes(path: Path):
    trusted = ", trusted=True"
    assert repr(dataset(path)) == f"read({str(path)!r}, as_dataset=True{trusted})"


def test_labels_are_the_small_fields(path: Path, expected: dict[str, Any]):
    samples = dataset(path)
    if path.suffix in (".lmdb", "", ".gif") or ".tfrecord" in path.name:
        with pytest.raises(ConfigError, match="aren't known without"):
            assert samples.labels
        return
    labels = samples.labels
    assert "image" not in labels
    for name in labels.keys() & expected.keys():
        assert np.array_equal(labels[name], expected[name])
    assert labels.keys() == ({"number", "share", "name"} if path.suffix != ".npy" else set())


def test_caches_know_a_file_from_a_changed_one(path: Path):
    first = fingerprint(dataset(path))
    assert fingerprint(dataset(path)) == first
    file = path / "data.mdb" if path.is_dir() else path
    content = file.read_bytes()
    file.write_bytes(content.replace(b"3", b"7"))
    os.utime(file, ns=(0, 0))
    try:
        changed = dataset(path)
    except ConfigError:
        return  # the change was noticed when it was read
    assert fingerprint(changed) != first


def test_changes_and_batches_work(path: Path):
    few = dataset(path)[[5, 1, 1]]
    whole = dataset(path)
    assert [plain(r) for r in few] == [plain(whole[i]) for i in (5, 1, 1)]


def test_batches_are_what_collating_samples_gives(path: Path):
    samples = dataset(path)
    if samples.can_batch:
        batch = samples.__getitems__([4, 0, 0])
        assert plain(batch) == plain(collate([samples[i] for i in (4, 0, 0)]))
    assert samples.can_batch == (path.suffix in (".json", ".yaml", ".csv", ".tsv", ".npz", ".pkl"))


def test_files_open_once_in_a_process_can_be_read_again(path: Path):
    first, second = dataset(path), dataset(path)
    assert plain(first[2]) == plain(second[2])
    del first
    assert plain(second[3]) == plain(dataset(path)[3])


def test_text_and_the_rest_have_the_types_of_python(write: Write):
    for name in ("a.json", "a.csv", "a.npz", "a.h5", "a.parquet"):
        assert type(dataset(write(name))[0].name) is str
    assert type(dataset(write("folder"))[0].key) is bytes


def test_decode_is_called_with_the_bytes(write: Write):
    for name, field in (("a.lmdb", "value"), ("a.parquet", "image")):
        path = write(name)
        assert read(path, as_dataset=True, decode=len)[0][field] > 60
        assert read(path, as_dataset=True, decode=bytes)[0][field].startswith(b"\x89PNG")
        assert "decode=bytes" in repr(read(path, as_dataset=True, decode=bytes))
    assert read(write("a.tfrecord"), decode=bytes)["name"][1] == ["näme, 1".encode()]


def test_mapped_arrays_are_not_changed_by_what_is_done_to_samples(write: Write):
    path = write("a.npy")
    samples = dataset(path)
    samples[0].value.add_(1)
    assert np.array_equal(samples[0].value, read(path)[0])


def test_parquet_keeps_missing_values(tmp_path: Path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    columns = {"n": [1, None, 3], "t": ["a", None, "c"], "b": [True, None, False]}
    parquet.write_table(pyarrow.table(columns), path)
    found = read(path)
    assert np.array_equal(found["n"], [1, np.nan, 3], equal_nan=True)
    assert (found["t"], found["b"]) == (columns["t"], columns["b"])
    assert dataset(path)[1].t is None


def test_hdf5_leads_out_of_no_file(tmp_path: Path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = [1, 2]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = [3, 4]
        file["link"] = h5py.ExternalLink("other.h5", "secret")
        file["type"] = np.dtype("f8")
    assert list(read(tmp_path / "a.h5")) == ["x"]
    assert dataset(tmp_path / "a.h5")[0].keys() == ["x"]


def test_text_that_is_no_utf8_is_told_or_kept(tmp_path: Path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["t"] = np.array([b"ok", b"\xff"])
        file[b"n\xff"] = [1, 2]
    with pytest.raises(ConfigError, match=r"a\.h5: it can't be read as HDF5: 'ascii' codec"):
        read(tmp_path / "a.h5")
    assert "n\\xff" in dataset(tmp_path / "a.h5")[0]
