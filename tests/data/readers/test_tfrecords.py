"""Examples of all features, as Protocol Buffers' own library writes them."""

import gzip
import io
import pickle
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import DataLoader, read
from labwork.data._readers._example import FeatureList, parse_example

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


LISTS = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=2), st.lists(FEATURE, max_size=3), max_size=3
)


@given(context=FEATURES, lists=LISTS)
def test_all_steps_come_back(
    context: dict[str, Any], lists: dict[str, Any], request: pytest.FixtureRequest
):
    context = {f"context {name}": values for name, values in context.items()}
    found = parse_example(request.getfixturevalue("as_sequence")(context, lists))
    assert found.keys() == context.keys() | lists.keys()
    for name, steps in lists.items():
        assert isinstance(found[name], FeatureList)
        assert len(found[name]) == len(steps)
        for ours, theirs in zip(found[name], steps, strict=True):
            assert np.array_equal(ours, theirs, equal_nan=isinstance(theirs[0], float))


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
        ("1a00", "it has a field 3; only features and lists of them"),
        ("0a021200", "it has a field 2 where only 1 is known"),
        ("0a050a030a016112050a030a0161", "feature 'a' is there twice"),
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
    save_records(tmp_path / "a.tfrecord", [b"\x1a\x00"])
    told = r"record 0 at byte 0 is no tf\.train\.Example or SequenceExample: it has a field 3"
    with pytest.raises(ValueError, match=told):
        read(tmp_path / "a.tfrecord")


@pytest.fixture
def sequences(
    as_sequence: Callable[..., bytes], save_records: Callable[..., None], tmp_path: Path
) -> Path:
    """Two clips: of two frames with one box each, and of one frame with two."""
    pytest.importorskip("google_crc32c")
    clips = [
        as_sequence(
            {"name": [b"a"]},
            {"frame": [[b"x"], [b"y"]], "speed": [[0.5], [1.5]], "box": [[1, 2]] * 2},
        ),
        as_sequence(
            {"name": [b"b"]}, {"frame": [[b"z"]], "speed": [[2.5]], "box": [[3, 4, 5, 6], [7]]}
        ),
    ]
    save_records(tmp_path / "a.tfrecord", clips)
    return tmp_path / "a.tfrecord"


def test_steps_are_stacked_where_they_are_alike(sequences: Path):
    first, second = read(sequences, as_dataset=True)
    assert (first.name, first.frame) == ([b"a"], [[b"x"], [b"y"]])
    assert torch.equal(first.speed, torch.tensor([[0.5], [1.5]]))
    assert torch.equal(first.box, torch.tensor([[1, 2], [1, 2]]))
    assert [box.tolist() for box in second.box] == [[3, 4, 5, 6], [7]]
    found = read(sequences)
    assert [speed.shape for speed in found["speed"]] == [(2, 1), (1, 1)]
    assert found["frame"] == [[[b"x"], [b"y"]], [[b"z"]]]


def test_bytes_of_a_step_are_decoded_and_trouble_told_with_it(
    as_sequence: Callable[..., bytes], save_records: Callable[..., None], tmp_path: Path
):
    pytest.importorskip("google_crc32c")
    path, content = tmp_path / "a.tfrecord", io.BytesIO()
    np.save(content, np.arange(3))
    whole, torn = content.getvalue(), content.getvalue()[:-5]
    save_records(path, [as_sequence({}, {"a": [[whole], [whole, b"?"], [torn]]})])
    with pytest.raises(ConfigError, match=r"a.tfrecord, record 0 at byte 0, feature 'a\[2\]'"):
        read(path)
    save_records(path, [as_sequence({}, {"a": [[whole], [whole, b"?"]]})])
    [[first], [second, rest]] = read(path, as_dataset=True)[0].a
    assert (first.tolist(), second.tolist(), rest) == ([0, 1, 2], [0, 1, 2], b"?")


@pytest.mark.parametrize(
    "compress", [gzip.compress, zlib.compress, partial(zlib.compress, level=0)]
)
def test_compressed_records_are_those_of_the_file(
    compress: Callable[[bytes], bytes], write: Callable[[str], Path], tmp_path: Path
):
    plain = write("a.tfrecord")
    packed = tmp_path / "b.tfrecord"  # by content, whatever the ending
    packed.write_bytes(compress(plain.read_bytes()))
    theirs = read(plain, as_dataset=True)
    for ours in (
        read(packed, as_dataset=True),
        pickle.loads(pickle.dumps(read(packed, as_dataset=True))),
    ):
        assert len(ours) == len(theirs)
        for index in (6, 0, 3):
            assert ours[index].evaluate().keys() == theirs[index].keys()
            assert torch.equal(ours[index].image[0], theirs[index].image[0])
    batch = next(iter(DataLoader(read(packed, as_dataset=True), 7, worker_count=2)))
    assert torch.equal(batch.number, torch.stack([record.number for record in theirs]))


def test_several_streams_of_gzip_are_one_file(write: Callable[[str], Path], tmp_path: Path):
    content = write("a.tfrecord").read_bytes()
    path = tmp_path / "b.tfrecord.gz"
    path.write_bytes(gzip.compress(content[:100]) + gzip.compress(content[100:]))
    assert len(read(path, as_dataset=True)) == 7


def test_damage_in_compressed_files_is_told_with_file_and_place(
    write: Callable[[str], Path], tmp_path: Path
):
    content = write("a.tfrecord").read_bytes()
    second = 16 + int.from_bytes(content[:8], "little")
    flipped = content[: second + 20] + bytes([content[second + 20] ^ 1]) + content[second + 21 :]
    packed = gzip.compress(content)
    damaged = packed[:-8] + bytes(4) + packed[-4:]
    cases = {
        "record": (gzip.compress(flipped), f"record 1 at unpacked byte {second:,} is damaged"),
        "length": (zlib.compress(content[:3] + b"?" + content[4:]), "record 0 at unpacked byte 0"),
        "rest": (zlib.compress(content[:-5]), "is cut off; copy the file again"),
        "torn": (packed[:-20], "its gzip data is cut off; copy the file again"),
        "altered": (damaged, f"its gzip data is damaged before byte {len(packed):,}"),
        "more": (packed + b"hello", "its gzip data is damaged before byte"),
    }
    for name, (stored, message) in cases.items():
        path = tmp_path / f"{name}.tfrecord.gz"
        path.write_bytes(stored)
        with pytest.raises(ConfigError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
