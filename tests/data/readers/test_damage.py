"""Files that are missing, cut off, altered or not what they seem: each is told in one line."""

import json
import pickle
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import read

Write = Callable[[str], Path]


def read_through(path: Path, as_dataset: bool, **options: Any) -> None:
    result = read(path, as_dataset=as_dataset, **options)
    for sample in result if as_dataset else ():
        sample.evaluate()


def told(path: Path, *, as_dataset: bool = False, **options: Any) -> str:
    """The message of the error, which is one line and names the file."""
    with pytest.raises(ConfigError) as error:
        read_through(path, as_dataset, **options)
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def npy(array: Any, **options: Any) -> bytes:
    content = BytesIO()
    np.save(content, array, **options)
    return content.getvalue()


def archive(**members: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, value in members.items():
            file.writestr(name.replace("__", "."), value)
    return content.getvalue()


LIBRARIES = {
    ".h5": "h5py",
    ".lmdb": "lmdb",
    ".parquet": "pyarrow",
    ".tfrecord": "google_crc32c",
    ".png": "PIL",
}
OBJECTS = npy(np.array([{}], dtype=object), allow_pickle=True)
BAD: list[tuple[str, bytes, str]] = [
    ("a.json", b'{"a": 1, "a": 2}', r"the key 'a' is there twice in one object"),
    ("a.json", b'{"a": 1,\n "b": }', r"line 2, column 7: this is no JSON"),
    ("a.json", b'{"a": "\xe4"}', r"line 1: the byte 0xe4 isn't UTF-8"),
    ("a.json", b"9" * 5_000, r"can't be read as JSON: Exceeds the limit"),
    ("a.yaml", b"9" * 5_000, r"read as YAML: Exceeds the limit"),
    ("a.json", b"[" * 100_000, r"nested too deep"),
    ("a.yaml", b"a: 1\nb: 2\na: 3", r"line 3: the key 'a' is there already in line 1"),
    ("a.yaml", b"a: {b: 1, b: 2}", r"line 1: the key 'b' is there already"),
    ("a.yaml", b"a: !!python/object/apply:os.getcwd []", r"line 1: could not determine a cons"),
    ("a.yaml", b"a: [1, 2", r"line 1: expected"),
    ("a.yaml", b"day: 2020-13-40", r"read as YAML: month must be in 1\.\.12"),
    ("a.yml", b"[" * 5_000, r"nested too deep"),
    ("a.csv", b"x,y\n1,2\n3,4,5\n", r"line 3 has 3 cells, but line 1 has 2 names"),
    ("a.csv", b'x,y\n"1\n1",2\n3\n', r"line 4 has 1 cells"),
    ("a.csv", b"x,x\n1,2\n", r"line 1: two columns have the name 'x'"),
    ("a.csv", b"1,2\n3,4\n", r"line 1 holds numbers, and the names"),
    ("a.csv", b'x,y\n1,2\n"3,4\n5,6\n', r"line 3: unexpected end of data"),
    ("a.csv", b'x\n1\n"a"b\n', r"line 3: '.' expected after"),
    ("a.csv", b"x,y\n1,2\nJ\xf6rg,3\n", r"line 3: the byte 0xf6 isn't UTF-8"),
    ("a.csv", "x,y\n".encode("utf-16"), r"the file is of UTF-16: save it as UTF-8"),
    ("a.csv", b"\n\n", r"it has no line"),
    ("a.npy", npy(np.arange(9))[:-8], r"can't be read as NPY"),
    ("a.npy", npy(np.arange(9))[:40], r"can't be read as NPY"),
    ("a.npy", b"hello, hello", r"can't be read as NPY: .*the magic string is not correct"),
    ("a.npy", OBJECTS, r"Object arrays cannot be loaded|Python objects in dtype"),
    ("a.npz", archive(a__npy=OBJECTS), r"NPZ, array .a.: Object arrays cannot be loaded"),
    ("a.npz", archive(a__npy=npy(np.arange(900)))[:-100], r"can't be read as NPZ"),
    ("a.npz", archive(a__txt=b"hello"), r"isn't NPZ: it holds 'a\.txt'"),
    ("a.npz", b"hello", r"can't be read as NPZ: File is not a zip file"),
    ("a.pkl", pickle.dumps([1]), r"read\(path, trusted=True\)"),
    ("a.dat", pickle.dumps({"a": 1}), r"a pickle can run any code"),
    ("a.tfrecord", b"hello, I am no such file", r"record 0 at byte 0 isn't one of TFRecord"),
    ("a.tfrecord", b"hello", r"record 0 at byte 0 is cut off"),
    ("a.h5", b"hello", r"can't be read as HDF5"),
    ("a.parquet", b"hello, hello", r"can't be read as Parquet"),
    ("a.parquet", b"PAR1hello, hello", r"can't be read as Parquet"),
    ("a.lmdb", b"hello" * 2_000, r"can't be read as LMDB"),
    ("a.png", b"hello", r"it begins with b'hello', as no whole image does"),
    ("a.csv.gz", b"\x1f\x8b\x08\x00", r"is compressed: unpack it first"),
    ("a.unknown", b"hello", r"neither how it begins, b'hello', nor its ending is known"),
    *[(f"a.{e}", b"", "is empty") for e in ("json", "yaml", "csv", "npy", "npz", "h5", "png")],
]


@pytest.mark.parametrize("as_dataset", [False, True])
@pytest.mark.parametrize(("name", "content", "message"), BAD, ids=lambda x: str(x)[:40])
def test_one_line_tells_what_is_wrong(
    name: str, content: bytes, message: str, as_dataset: bool, tmp_path: Path
):
    pytest.importorskip(LIBRARIES.get(Path(name).suffix, "numpy"))
    path = tmp_path / name
    path.write_bytes(content)
    assert re.search(message, told(path, as_dataset=as_dataset))


@pytest.mark.parametrize(
    "name", ["a.json", "a.yaml", "a.csv", "a.npy", "a.npz", "a.pkl", "a.tfrecord", "a.gif"]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_gives_a_value_or_one_line(name: str, data: st.DataObject, write: Write):
    path = write(name)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    path.write_bytes(content)
    for as_dataset in (False, True):
        try:
            read_through(path, as_dataset, format=_name(path))
        except ConfigError as error:
            assert "\n" not in str(error)  # noqa: PT017 most damage is told, but not all


def test_missing_files_are_told_with_the_nearest(write: Write, tmp_path: Path):
    write("a.csv")
    assert "did you mean 'a.csv'?" in told(tmp_path / "b.csv")
    assert "there is no file" in told(tmp_path / "nowhere" / "b.csv")
    assert "is a folder; FolderDataset reads" in told(tmp_path)
    assert "did you mean 'a.csv'?" in told(tmp_path / "b.csv", format="csv")
    assert "did you mean 'csv'?" in _told_of_format(tmp_path / "a.csv", "cvs")


def _told_of_format(path: Path, name: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(path, format=name)
    return str(error.value)


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9])
def test_what_is_cut_off_is_told(path: Path, share: float):
    if path.suffix in ("", ".csv", ".tsv", ".yaml", ".lmdb", ".gif"):
        pytest.skip("a part of it may be whole, or is read as far as it goes")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for as_dataset in (False, True):
        told(path, as_dataset=as_dataset, trusted=True, format=_name(path))


def _name(path: Path) -> str:
    names = {".pkl": "pickle", ".h5": "hdf5", ".gif": "image"}
    return "tfrecord" if ".tfrecord" in path.name else names.get(path.suffix, path.suffix[1:])


def test_altered_bytes_are_told_where_there_are_checksums(write: Write):
    for name in ("a.npz", "a.tfrecord"):
        path = write(name)
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 1
        path.write_bytes(content)
        told(path)
        told(path, as_dataset=True)


def test_altered_records_are_told_with_their_place(write: Write):
    path = write("a.tfrecord")
    content = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<Q", content)
    content[first + 16 + 12] ^= 1
    path.write_bytes(content)
    samples = read(path, as_dataset=True)
    assert len(samples[0]) == 4
    with pytest.raises(ConfigError, match=rf"record 1 at byte {first + 16} is damaged"):
        samples.get(1)
    content[first + 16] ^= 1
    path.write_bytes(content)
    assert f"record 1 at byte {first + 16} isn't one of TFRecord" in told(path)


def test_damaged_values_are_told_with_their_key(tmp_path: Path):
    lmdb = pytest.importorskip("lmdb")
    pytest.importorskip("PIL")
    with lmdb.open(str(tmp_path / "a")) as file, file.begin(write=True) as put:
        put.put(b"cat", b"\x89PNG\r\n\x1a\nhello")
        put.put(b"dog", npy(np.arange(5))[:-1])
    samples = read(tmp_path / "a", as_dataset=True)
    for index, message in enumerate([r"a, key b'cat' can't be decoded", r"a, key b'dog': the arr"]):
        with pytest.raises(ConfigError, match=message):
            samples[index].evaluate()


def test_two_members_of_one_name_are_told(tmp_path: Path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy(np.arange(2)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("x.npy", npy(np.arange(2)))
    assert "the key 'x' is there twice" in told(path)


def test_two_columns_of_one_name_are_told(tmp_path: Path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["x", "x"])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert "two columns have the name 'x'" in told(tmp_path / "a.parquet")
    assert "two columns have the name 'x'" in told(tmp_path / "a.parquet", as_dataset=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (3, "a list of mappings is needed, or a mapping to lists, not int 3"),
        ([], "there are no samples in it"),
        ([1, 2], "there are no samples in it"),
        ({"a": [1, 2], "b": [1]}, "need fields of one length, and these have 'a' 2, 'b' 1"),
        ({"a": 1}, "there are no samples in it"),
        ([{"a": 1}, {"b": 1}], "record 1 has the fields b, but record 0 has a"),
    ],
)
def test_what_has_no_samples_is_told(content: Any, message: str, tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content))
    assert read(path) == content
    assert message in told(path, as_dataset=True)


def test_fields_of_several_lengths_are_told(tmp_path: Path):
    np.savez(tmp_path / "a.npz", a=np.arange(3), b=np.arange(2))
    assert "'a' 3, 'b' 2" in told(tmp_path / "a.npz", as_dataset=True)
    with pytest.importorskip("h5py").File(tmp_path / "a.h5", "w") as file:
        file["a"], file["b"] = [1, 2], [1]
    assert "'a' 2, 'b' 1" in told(tmp_path / "a.h5", as_dataset=True)


def test_an_hdf5_file_that_is_being_written_is_told(tmp_path: Path):
    pytest.importorskip("h5py")
    path = tmp_path / "a.h5"
    script = "import h5py, sys; f = h5py.File(sys.argv[1], 'w'); f['x'] = [1]; f.flush()"
    script += "; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        message = told(path)
        writer.communicate()
    assert "another program is writing it" in message
    assert read(path)["x"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "module", "needed", "extra"),
    [
        ("a.h5", "h5py", "h5py", "hdf5"),
        ("a.lmdb", "lmdb", "lmdb", "lmdb"),
        ("a.parquet", "pyarrow.parquet", "pyarrow", "parquet"),
        ("a.tfrecord", "google_crc32c", "google-crc32c", "tfrecords"),
    ],
)
def test_missing_libraries_are_told_with_their_extra(
    name: str,
    module: str,
    needed: str,
    extra: str,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
):
    path = write(name)
    monkeypatch.setitem(sys.modules, module, None)
    message = f"needs {needed}: pip install 'labwork[{extra}]'"
    assert message in told(path)
    assert message in told(path, as_dataset=True)
