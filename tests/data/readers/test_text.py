"""CSV, JSON and YAML: any table comes back, with the types of its columns."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labwork.data import read

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
INTEGERS = st.integers(-(2**59), 2**59)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
COLUMN = st.sampled_from([INTEGERS, FLOATS, TEXT])
NAMES = st.lists(
    TEXT.filter(lambda name: name.strip("+-.eE0123456789naifNAIF") != ""),
    min_size=1,
    max_size=4,
    unique=True,
)
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text")


@given(st.data(), NAMES, st.integers(1, 5))
def test_columns_come_back_with_their_types(folder: Path, data, names: list[str], count: int):
    columns = {
        n: data.draw(st.lists(data.draw(COLUMN), min_size=count, max_size=count)) for n in names
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    path = folder / "a.csv"
    path.write_text(text.getvalue(), "utf-8", newline="")
    found = read(path)
    assert list(found) == names
    for name, values in columns.items():
        if isinstance(values[0], str) and found[name].dtype.kind == "U":
            assert found[name].tolist() == values
        elif not isinstance(values[0], str):
            assert np.array_equal(found[name], values, equal_nan=isinstance(values[0], float))


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", "+3"], np.int64([1, -2, 3])),
        (["1", "2.5", "1e3"], np.float64([1, 2.5, 1000])),
        (["1", "", "3"], np.float64([1, np.nan, 3])),
        (["nan", "-inf", ".5"], np.float64([np.nan, -np.inf, 0.5])),
        (["007", "010", "1"], np.array(["007", "010", "1"])),
        (["1_000", "2", "3"], np.array(["1_000", "2", "3"])),
        (["٣", "2", "3"], np.array(["٣", "2", "3"])),
        ([" 1", "2", "3"], np.array([" 1", "2", "3"])),
        (["", "", ""], np.array(["", "", ""])),
        ([str(2**64), "2", "3"], np.float64([2**64, 2, 3])),
        (["true", "false", "true"], np.array(["true", "false", "true"])),
    ],
)
def test_numbers_are_what_is_written_as_such(cells: list[str], values: np.ndarray, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["x,y", *(f"{cell},0" for cell in cells)]), "utf-8")
    found = read(path)["x"]
    assert found.dtype.kind == values.dtype.kind
    assert np.array_equal(found, values, equal_nan=values.dtype.kind == "f")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_marks_and_all_ends_of_lines_are_known(mark: bytes, newline: bytes, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(mark + newline.join([b"x,y", b"1,a", b"", b"2,b"]))
    assert read(path)["x"].tolist() == [1, 2]


def test_a_table_without_lines_has_no_samples(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n")
    assert {name: column.shape for name, column in read(path).items()} == {"x": (0,), "y": (0,)}
    assert len(read(path, as_dataset=True)) == 0


@given(PLAIN)
def test_plain_data_comes_back(folder: Path, value):
    (folder / "a.json").write_text(f" {json.dumps(value)}", "utf-8")
    assert read(folder / "a.json") == value
    (folder / "a.yaml").write_text(yaml.safe_dump(value), "utf-8")
    assert read(folder / "a.yaml") == value


def test_yaml_merges_and_small_numbers(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("base: &b {a: 1, b: 2}\nother: {<<: *b, b: 3}\nlr: 1e-4\n")
    found = read(path)
    assert (found["other"], found["lr"]) == ({"a": 1, "b": 3}, 0.0001)
