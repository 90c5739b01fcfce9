"""Examples of all features, as Protocol Buffers' own library writes them."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.data import read
from labwork.data._readers._example import parse_example

pytest.importorskip("google.protobuf")

FEATURE = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4),
    st.lists(st.floats(width=32), min_size=1, max_size=4),
    st.lists(st.binary(max_size=5), min_size=1, max_size=4),
)
FEATURES = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), FEATURE, max_size=4)


@given(features=FEATURES)
def test_all_features_come_back(features: dict[str, Any], request: pytest.FixtureRequest):
    as_example = request.getfixturevalue("as_example")
    found = parse_example(as_example(features))
    assert found.keys() == features.keys()
    for name, values in features.items():
        assert np.array_equal(found[name], values, equal_nan=isinstance(values[0], float))


@given(content=st.binary(max_size=60))
def test_any_bytes_are_features_or_refused(content: bytes):
    with suppress(ValueError):
        assert isinstance(parse_example(content), dict)


@given(features=FEATURES, data=st.data())
def test_what_is_cut_off_is_refused_or_less(features, data, request: pytest.FixtureRequest):
    content = request.getfixturevalue("as_example")(features)
    cut = data.draw(st.integers(0, len(content)))
    with suppress(ValueError):
        assert parse_example(content[:cut]).keys() <= features.keys()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0a180a0a0a016112051a030a01050a0a0a016112051a030a0105", "feature 'a' is there twice"),
        ("1200", "it has a field 2; only lists of features"),
        ("0a0a0a08", "it is cut off"),
        ("0b", "unknown kind 3"),
        ("08" + "ff" * 10, "more than 64 bits"),
        ("0801", "a number is where a message should be"),
    ],
)
def test_what_is_no_example_is_told(content: str, message: str):
    with pytest.raises(ValueError, match=message):
        parse_example(bytes.fromhex(content))


def test_numbers_that_are_not_packed_are_read():
    unpacked_integers = bytes.fromhex("0a0d0a0b0a016112061a0408050806")
    assert parse_example(unpacked_integers)["a"].tolist() == [5, 6]


def test_records_without_a_feature_have_no_values(
    as_example: Callable[..., bytes], save_records: Callable[..., None], tmp_path: Path
):
    pytest.importorskip("google_crc32c")
    path = tmp_path / "a.tfrecord"
    features = [{"a": [1, 2]}, {"b": [b"x", b"y"]}, {"a": [3]}]
    save_records(path, [as_example(f) for f in features])
    found = read(path)
    assert [list(values) for values in found["a"]] == [[1, 2], [], [3]]
    assert found["b"] == [[], [b"x", b"y"], []]
    assert read(path, as_dataset=True)[1].b == [b"x", b"y"]


def test_records_that_are_no_examples_are_told(save_records: Callable[..., None], tmp_path: Path):
    pytest.importorskip("google_crc32c")
    save_records(tmp_path / "a.tfrecord", [b"\x12\x00"])
    with pytest.raises(ValueError, match=r"record 0 at byte 0 is no tf\.train\.Example: it has"):
        read(tmp_path / "a.tfrecord")
