"""The frozen config comes back from its file, and what differs is found."""

import copy
import datetime
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config import differences, read_yaml, write_yaml
from labwork.core import ConfigError

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.text(max_size=5)
plain = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)
configs = st.dictionaries(keys, plain, max_size=4)


def through_file(data: Any) -> Any:
    with TemporaryDirectory() as folder:
        write_yaml(Path(folder) / "config.yaml", data)
        assert [p.name for p in Path(folder).iterdir()] == ["config.yaml"]
        return read_yaml(Path(folder) / "config.yaml")


@given(configs)
def test_yaml_round_trip(config):
    read = through_file(config)
    assert repr(read) == repr(config)
    assert differences(config, read) == []


@pytest.mark.parametrize(
    "text",
    [
        *[
            "yes",
            "null",
            "~",
            "1e5",
            "1_000",
            "0x1f",
            "2024-01-01",
            "1:30",
            "=",
            "<<",
            "- a",
            "a: b",
        ],
        *["#", "&a", "*a", "%", "'", "!!int 1", " a\n", "\n", "a\n\n", "\ta\n b", "\u2028"],
        *["\x85", "\x1b", "\ufeff", "\r\n", "a\r"],
    ],
)
def test_text_that_yaml_could_take_for_something_else_stays_text(text):
    assert through_file({text: [text, {"a": text}]}) == {text: [text, {"a": text}]}


def test_frozen_text_is_for_people(tmp_path):
    config = {"b": {"text": "one\ntwo\n", "of": "Größe"}, "a": [1, 2.5, None, True]}
    write_yaml(tmp_path / "c.yaml", config)
    assert (tmp_path / "c.yaml").read_text("utf-8") == (
        "b:\n  text: |\n    one\n    two\n  of: Größe\na:\n- 1\n- 2.5\n- null\n- true\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:os.system [ls]",
        "!!python/object/new:tuple [[1]]",
        "!!python/object:os.stat_result {}",
        "!!python/tuple [1]",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!mine 1",
    ],
)
def test_tags_that_build_objects_are_refused(value, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(f"a:\n- 1\n- b: {value}\n")
    with pytest.raises(ConfigError, match=f"{path} can't be read.*constructor"):
        read_yaml(path)


@pytest.mark.parametrize(
    "content",
    [
        *["", "1", "[1]", "a: [", "a: 'b", "\t", "a: *b", "a: b: c", "a: \x00", "? {a: 1}\n: 2"],
        *["a: !!int x", "a: !!float x", "a: !!bool x", "a: !!timestamp x", "a: 2024-99-99"],
        "a: " + "9" * 5000,
    ],
    ids=lambda text: text[:20],
)
def test_broken_file_is_named(content, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path} ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"a: \xff"])
def test_missing_or_undecodable_file_is_named(content, tmp_path):
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"{path} can't be read"):
        read_yaml(path)


def test_data_that_is_not_plain_is_not_written(tmp_path):
    for value in (object(), datetime.timedelta(1), Path("a")):
        with pytest.raises(Exception, match="cannot represent an object"):
            write_yaml(tmp_path / "config.yaml", {"a": value})
    assert not (tmp_path / "config.yaml").exists()


@given(plain, plain)
def test_nothing_differs_from_itself_and_differences_are_symmetric(one, other):
    assert differences(one, copy.deepcopy(one)) == []
    there, back = differences(one, other), differences(other, one)
    assert sorted(map(repr, there)) == sorted(repr((p, old, new)) for p, new, old in back)
    assert (there == []) == (repr(one) == repr(other)) or one == other


@given(configs, st.data())
def test_changed_and_lost_leaves_are_named_by_their_path(config, data):
    config["nest"] = {"inner": config.get("nest")}
    place = data.draw(st.sampled_from(sorted(config)))
    changed = copy.deepcopy(config)
    changed[place] = ["another value", 0.123]
    assert [p.split("/")[0] for p, _, _ in differences(config, changed)] == [place.split("/")[0]]
    del changed[place]
    assert [p for p, _, _ in differences(config, changed)] == [place]
    assert [p for p, _, _ in differences(changed, config)] == [place]
    assert differences(config, changed, ignored={place}) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, [("a/b", 1, 3)]),
        ({"a": {"b": 1}}, {"a": 5}, [("a", {"b": 1}, 5)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a", [1, 2], [1, 3])]),
        ({"a": 1}, {"a": 1.0}, []),
    ],
)
def test_differences_are_of_leaves(old, new, found):
    assert differences(old, new) == found
    assert differences(old, new, ignored=["a"]) == []


@pytest.mark.parametrize("value", [None, "nothing", {}, [], 0, False])
def test_a_missing_leaf_differs_from_every_value(value):
    assert [path for path, _, _ in differences({"a": value}, {})] == ["a"]
    assert [path for path, _, _ in differences({}, {"a": value})] == ["a"]


def test_deep_nesting_ends_no_program(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("a: " + "[" * 10**5 + "]" * 10**5)
    script = "import sys, pathlib, labwork.config as c; c.read_yaml(pathlib.Path(sys.argv[1]))"
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True)
    assert run.returncode == 1
    assert f"ConfigError: {path} " in run.stderr
