"""YAML 1.2 comes in as plain data, and plain data come back from what is written."""

import datetime
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.files import compose, dump_yaml, escape_references, read_yaml, write_yaml
from labwork.core import ConfigError

NASTY = (
    *["1e-4", "no", "~", "a: b", "{x}", "${x}", "$${x}", "{{x}}", "{{{x}}}", "a\nb", " lead", ""],
    *["trail ", "\n", "a\n\n", "\ta", "é\u2028", "x!", "~y", "<<", "=", "- a", "#", "1_000"],
    *["0o17", "0x1f", "12:30:00", "2001-01-01", "null", ".5", ".inf", "+1", "&a", "*a", "!t"],
    *["%", "@", "`", "|", ">", "? a", "[", "{", ",", "'", '"', "\x07", "\x85", "\ufeff", "\r\n"],
    *["...", "---", "${env:X}", "$$", "${", "{a b}", "1.", "\U0001f600", "a\\/b", "a/b", "a.b"],
)
texts = st.sampled_from(NASTY) | st.text(max_size=8) | st.text("${}a/\\.~! \n", max_size=8)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
floats = st.sampled_from([1e-300, math.inf, -math.inf, math.nan, 5e-324, 1e22, -0.0])


def with_distinct_paths(data: dict[Any, Any]) -> dict[Any, Any]:
    """Without keys such as 1 and "1", which paths can't tell apart."""
    return dict({str(key): (key, value) for key, value in data.items()}.values())


def trees(keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[Any, Any]]:
    def mappings(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[Any, Any]]:
        return st.dictionaries(keys, inner, max_size=3).map(with_distinct_paths)

    plain = st.recursive(
        leaves | floats, lambda inner: st.lists(inner, max_size=3) | mappings(inner), max_leaves=10
    )
    return mappings(plain)


def through_file(data: Any, read: Any) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        write_yaml(path, data)
        assert [p.name for p in Path(folder).iterdir()] == ["config.yaml"]
        return read(path)


@given(trees(texts | st.integers()))
def test_what_is_written_is_read(data):
    assert repr(through_file(data, read_yaml)) == repr(data)


@given(trees(texts.filter(bool) | st.integers()))
def test_a_frozen_config_composes_to_itself(data):
    config = through_file(escape_references(data), lambda path: compose([path], environment={}))
    assert repr(config.plain()) == repr(data)
    assert repr(compose([config]).plain()) == repr(data)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("", None), ("~", None), ("null", None), ("NULL", None), ("nULL", "nULL")],
        *[("true", True), ("FALSE", False), ("tRue", "tRue")],
        *[(word, word) for word in ("yes", "no", "on", "off", "y", "1_000", "0b1", "12:30:00")],
        *[("2001-01-01", "2001-01-01"), ("=", "="), ("1e", "1e"), (".", "."), ("-x", "-x")],
        *[("12", 12), ("-0", 0), ("+1", 1), ("010", 10), ("0o17", 15), ("0x1F", 31)],
        *[("1e-4", 1e-4), (".5", 0.5), ("1.", 1.0), ("-1.5E+3", -1500.0), ("6e5", 6e5)],
        *[(".inf", math.inf), ("-.Inf", -math.inf), ("'1'", "1"), ('"no"', "no")],
        *[("!!str 1", "1"), ("!!int '3'", 3), ("!!float 1", 1.0), ("!!bool 'true'", True)],
        *[("!!null ''", None), ("!!seq [1]", [1]), ("!!map {a: 1}", {"a": 1})],
        *[("{a: }", {"a": None}), ("{ a }", {"a": None})],
        *[("{a/b}", "{a/b}"), ("{a b}", {"a b": None}), ("Digits{train,val}", "Digits{train,val}")],
    ],
)  # fmt: skip
def test_core_schema(text, value, tmp_path):
    (tmp_path / "a.yaml").write_text(f"a: {text}\n")
    read = read_yaml(tmp_path / "a.yaml")["a"]
    assert (read, type(read)) == (value, type(value))


def test_not_a_number(tmp_path):
    (tmp_path / "a.yaml").write_text("a: .nan\nb: .NaN\nc: nan\n")
    a, b, c = read_yaml(tmp_path / "a.yaml").values()
    assert math.isnan(a)
    assert math.isnan(b)
    assert c == "nan"


@pytest.mark.parametrize("content", ["", "# only a comment\n", "---\n", "null\n", "\ufeff", "{}"])
def test_empty_file_is_an_empty_mapping(content, tmp_path):
    (tmp_path / "a.yaml").write_text(content, encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {}


def test_anchors_and_merge_keys(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "a: &a {x: 1, y: 2}\nb: &b {x: 3, z: 4}\nc: {<<: *a, y: 5}\nd: {<<: [*a, *b]}\n"
        "e: {x: 0, <<: *a}\nf: {'<<': 1}\ng: *a\n"
    )
    read = read_yaml(tmp_path / "a.yaml")
    assert read["c"] == {"x": 1, "y": 5}
    assert read["d"] == {"x": 1, "z": 4, "y": 2}
    assert read["e"] == {"x": 0, "y": 2}
    assert read["f"] == {"<<": 1}
    assert read["g"] == read["a"]


def test_frozen_text_is_for_people():
    data = {
        "b": {"text": "one\ntwo\n", "of": "Größe " * 40},
        "a": [1, 2.5, None, True, 1e-4],
        3: (),
    }
    assert dump_yaml(data) == (
        "b:\n  text: |\n    one\n    two\n  of: '" + "Größe " * 40 + "'\n"
        "a:\n- 1\n- 2.5\n- null\n- true\n- 0.0001\n3: []\n"
    )


def test_shared_data_are_written_where_they_stand():
    shared = [1]
    assert dump_yaml({"a": shared, "b": shared}) == "a:\n- 1\nb:\n- 1\n"


@pytest.mark.parametrize("value", [object(), datetime.timedelta(1), Path("a"), b"a", {1.5: 2}])
def test_data_that_is_not_plain_is_not_written(value, tmp_path):
    with pytest.raises(ConfigError, match=r"^a: (cannot represent an object|the key 1\.5)"):
        write_yaml(tmp_path / "config.yaml", {"a": value})
    assert list(tmp_path.iterdir()) == []
