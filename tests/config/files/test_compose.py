"""Bases, marks, overrides and references make one config, and every value knows its origin."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.files import Config, compose, parse_overrides

keys = st.sampled_from("abc")
trees = st.dictionaries(
    keys,
    st.recursive(
        st.integers() | st.none(),
        lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=2),
        max_leaves=8,
    ),
)


def merged(old: Any, new: Any) -> Any:
    """What deep merging means."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    both = {key: merged(old[key], new[key]) for key in old.keys() & new.keys()}
    return {**old, **new, **both}


@given(trees, trees, trees)
def test_bases_merge_from_left_to_right(first, second, third):
    config = compose([first, second, third])
    assert config == merged(merged(first, second), third)
    assert config == compose([compose([first, second]), third])
    assert compose([config, config]) == config
    assert compose([]) == {}


@pytest.mark.parametrize(
    ("base", "later", "expected"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a!": {"b": 3}}, {"a": {"b": 3}}),
        ({"a": {"b": {"c": 1}, "d": 2}}, {"a": {"b!": {"e": 3}}}, {"a": {"b": {"e": 3}, "d": 2}}),
        ({"a": {"b": 1}, "c": 2}, {"~a": None}, {"c": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"~b": None}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a!": {"c!": 2}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a!": None}, {"a": None}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1]}, {"a": [{"b!": 2}]}, {"a": [{"b": 2}]}),
        ({1: {"b": 1}}, {"1": {"c": 2}}, {1: {"b": 1, "c": 2}}),
        ({"a": None}, {"a": {"b!": 2}}, {"a": {"b": 2}}),
    ],
)
def test_marks(base, later, expected):
    assert compose([base, later]) == expected


def test_keys_in_quotes_have_no_marks(tmp_path):
    (tmp_path / "a.yaml").write_text("'~a': 1\n\"b!\": 2\nc!: 3\n")
    assert compose([tmp_path / "a.yaml"]) == {"~a": 1, "b!": 2, "c": 3}


BASE = {"a": {"b": 1, "c": [1, 2]}, "d": None, "lr": 0.1, 7: {"x": 1}}


@pytest.mark.parametrize(
    ("tokens", "path", "value"),
    [
        (["--a/b", "2"], "a/b", 2),
        (["--a.b=3"], "a/b", 3),
        (["a/b=3"], "a/b", 3),
        (["--lr", "1e-4"], "lr", 1e-4),
        (["--lr", "-1"], "lr", -1),
        (["--lr", "-.inf"], "lr", -float("inf")),
        (["--lr", "false"], "lr", False),
        (["--lr", "no"], "lr", "no"),
        (["--lr", '"1"'], "lr", "1"),
        (["--lr", "'no'"], "lr", "no"),
        (["--lr="], "lr", None),
        (["--lr", "[1, {x: 2}]"], "lr", [1, {"x": 2}]),
        (["--a", "{e: 5}"], "a", {"b": 1, "c": [1, 2], "e": 5}),
        (["--a!", "{e: 5}"], "a", {"e": 5}),
        (["a!={e: 5}"], "a", {"e": 5}),
        (["~a/b"], "a", {"c": [1, 2]}),
        (["a={~b: }"], "a", {"c": [1, 2]}),
        (["a/c/1=5"], "a/c", [1, 5]),
        (["a.c.0={x: 1}"], "a/c", [{"x": 1}, 2]),
        (["d/e/f=5"], "d", {"e": {"f": 5}}),
        (["new/x=5"], "new", {"x": 5}),
        (["7/x=2"], "7", {"x": 2}),
        (["7/8=2"], "7", {"x": 1, 8: 2}),
        (["lr={a/b}"], "lr", 1),
        (["lr=[{a/b}, '${a.b}']"], "lr", [1, 1]),
        (["lr=${a.b}-x"], "lr", "1-x"),
        (["lr=x=3"], "lr", "x=3"),
        (["--lr", "*.png"], "lr", "*.png"),
        (["--lr", "f(x=1)"], "lr", "f(x=1)"),
        (["--lr", "Digits{train,val}"], "lr", "Digits{train,val}"),
        (["--lr", "b: c"], "lr", "b: c"),
        (["--lr", "#fff"], "lr", "#fff"),
        (["a/b=5", "a!={}"], "a", {"b": 5}),
        (["a/b=5", "~a"], "a", {"b": 5}),
        (["lr=1", "--lr", "2"], "lr", 2),
        (["a.b=1", "a/b=2"], "a/b", 2),
        (["~a", "a={x: 1}"], "a", {"b": 1, "c": [1, 2], "x": 1}),
    ],
)
def test_override(tokens, path, value):
    config = compose([BASE], tokens)
    found = config.retrieve(path)
    assert (found, type(found) in (type(value), Config)) == (value, True)


@given(st.permutations(["a!={}", "a/b={x: 1}", "a/b/c=2", "d=3"]))
def test_the_order_of_overrides_with_different_keys_is_of_no_matter(tokens):
    assert compose([BASE], tokens).plain() == compose([BASE], sorted(tokens)).plain()


def test_parsed_overrides_say_what_they_are():
    parsed = parse_overrides(["--a/b", "1", "~c", "d!=2"])
    assert [(o.text, o.parts) for o in parsed] == [
        ("--a/b 1", ("a", "b")),
        ("~c", ("c",)),
        ("d!=2", ("d",)),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("{n}", 3), ("${n}", 3), ("${m.x}", 1.5), ("${m/x}", 1.5), ("{l/1}", None)],
        *[("{m}", {"x": 1.5, "y": 3}), ("{m/y}", 3), ("{l}", [True, None]), ("{chain}", 3)],
        *[("{via/y}", 3), ("{7}", "seven"), ("${ n }", 3)],
        *[("a${n}b${m.x}", "a3b1.5"), ("${l.0} ${l.1}", "true null"), ("${n}${n}", "33")],
        *[("$${n}", "${n}"), ("$$${n}", "$${n}"), ("a$${n}${n}", "a${n}3")],
        *[("{{n}}", "{n}"), ("{{{n}}}", "{{n}}"), ("x{n}", "x{n}"), ("{a, b}", "{a, b}")],
        *[("{}", "{}"), ("$n", "$n"), ("${env:N}", 5), ("${env:L}", [1, "{n}"])],
        *[("x${env:N}", "x05"), ("${env:NO,a b}", "a b")],
        *[("${env:NO,1e-4}", 1e-4), ("${env:NO,}", None), ("${env:R}", "${n}")],
    ],
)  # fmt: skip
def test_reference(text, value):
    base = {
        "n": 3,
        "m": {"x": 1.5, "y": "{n}"},
        "l": [True, None],
        "chain": "${link}",
        "link": "{m/y}",
        "via": "{m}",
        7: "seven",
        "a": text,
    }
    environment = {"N": "05", "L": "[1, '{n}']", "R": "${n}"}
    found = compose([base], environment=environment)["a"]
    assert (found, type(found) in (type(value), Config)) == (value, True)


@pytest.mark.parametrize("names", ["ax", "xa"])
def test_a_path_may_lead_through_a_reference_to_what_the_reference_is_in(names):
    both = {"a": {"b": "{x/c}", "c": 1}, "x": "{a}"}
    assert compose([{name: both[name] for name in names}])["x"] == {"b": 1, "c": 1}


def test_the_environment_is_that_of_the_process(monkeypatch):
    monkeypatch.setenv("LABWORK_TEST", "1e-4")
    assert compose([{"a": "${env:LABWORK_TEST}", "b": "$LABWORK_TEST"}]) == {
        "a": 1e-4,
        "b": "$LABWORK_TEST",
    }


def test_every_value_knows_its_origin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(
        "# losses\nlosses:\n  KL:\n    weight: 1\n  L1: {weight: 2}\n\ntags:\n- a\n- b\n"
    )
    (tmp_path / "late.yaml").write_text("\nlosses:\n  L1:\n    weight: 3\nsame: '{losses/KL}'\n")
    config = compose(["base.yaml", {"x": 1}, "late.yaml"], ["tags/1=c", "new/y=1"])
    origins = {
        "losses/KL/weight": "base.yaml:4",
        "losses.L1.weight": "late.yaml:4",
        "losses": "base.yaml:2",
        "tags/0": "base.yaml:8",
        "tags/1": "command line",
        "new/y": "command line",
        "x": "default",
        "same": "late.yaml:5",
        "same/weight": "base.yaml:4",
        "nothing": "default",
    }
    assert {path: config.origin(path) for path in origins} == origins
    assert config["losses"]["L1"].origin("weight") == "late.yaml:4"
    assert {p: compose([config]).origin(p) for p in origins} == origins
