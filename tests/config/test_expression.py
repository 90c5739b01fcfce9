"""Expressions are read, never run: literals come back, and nothing else gets through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config import Call, LazyImport, Name, evaluate, look_up, parse_arguments
from labwork.config import parse_expression as parse
from labwork.core import ConfigError

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
literals = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(scalars, inner, max_size=4),
    ),
    max_leaves=15,
)
identifiers = st.sampled_from(["Net", "digits", "lr", "ünit", "a1"])


class Thing:
    secret = "attributes of what is registered are out of reach"


ran: list[str] = []
NAMESPACE: dict[str, Any] = {
    "f": lambda *args, **keywords: (args, keywords),
    "thing": Thing(),
    "number": 3,
    "trap": lambda: ran.append("trap"),
    "recipes": {"digits": dict},
    "sqrt": LazyImport("math", "sqrt"),
}

HOSTILE = [
    # what isn't in the namespace
    "__import__('os')", "open('/etc/passwd')", "eval('1')", "exec", "os.system('ls')", "globals()",
    "print", "type", "NAMESPACE", "__builtins__", "f.g", "sqrt.x", "recipes", "recipes.items",
    "recipes.keys()", "recipes.get('digits')", "recipes.digits.fromkeys('a')", "recipes.pop('x')",
    # attributes of what is
    "f.__globals__", "f.__class__", "f.__call__()", "thing.secret", "thing.__dict__", "f.__code__",
    "number.real", "number.__class__.__base__", "sqrt.__self__", "trap.__call__()", "_trap", "f._g",
    "f.\uff3f_globals__", "f.\ufe33\ufe33class__",
    "''.join", "''.__class__", "(1).real", "[].append(1)",
    "{}.get", "f().x", "f()()", "f()().x", "(f)(1)(2)", "f[0]", "f['a'].b", "f(f.__class__)",
    # forms that are neither names nor literals nor calls of names
    "lambda: 1", "f(lambda: trap())", "[x for x in f]", "{x for x in f}", "(x for x in f)",
    "{x: x for x in f}", "x for x in f", "f'{trap()}'", "f(f'{1}')", "f(x := 1)", "x := 1", "*f",
    "[*f]", "f(*f)", "**f", "f(**f)", "{**f}", "{f: 1}", "{trap(): 1}", "{1, 2}", "1 + 1", "2**9",
    "-f", "-'a'", "-True", "+1", "~1", "not f", "f and f", "f if f else f", "1 < 2", "f @ f",
    "await f", "(yield)", "(yield from f)", "f[1:2]", "...", "f(...)", "b'a'", "1j", "{b'a': 1}",
    "{...: 1}", "{1j: 1}", "'a' 'b' f", "f(a=1, a=2)",
    # forms that try to leave the brackets
    "a).b(", "1).__class__(", "f)(f", "trap()) + g(trap(", "trap()) if trap() else g(",
    "1); trap(", "1)\ntrap(", "1\n)\ntrap((", ")", "(", "f(", "f)", "[", "]", "'", "\"", "'''",
    "1; trap()", "import os", "del f", "f = 1", "assert f", "a=1",
    # not one expression
    "", " ", "\n", "#", ",", "1 2", "1,2", "f f", "=", "a b=1",
    # characters that Python itself doesn't read
    "\0", "f\0", "'\0", "f(\x00)", "\ud800", "'\ud800'", "f\x1b[0m", "\ufeff\ufeff", "€", "f\u200b",
    # huge
    "(" * 300 + ")" * 300, "(" * 4900 + ")" * 4900, "[" * 5000, "[" * 80 + "f()" + "]" * 81,
    "f(" * 3000 + ")" * 3000, "f" + "()" * 4900, "f" + ".a" * 4900, "f" + "[0]" * 3000,
    "-" * 9000 + "1", "not " * 2000 + "1", "1" + "+1" * 4900, "lambda:" * 1400 + "1",
    "{1:" * 190 + "1" + "}" * 189, "9" * 5000, "f" * 10**6, "'" + "a" * 10**6 + "'", "(" * 10**6,
]  # fmt: skip


@given(literals)
def test_literals_come_back_as_they_are(value):
    read = parse(repr(value))
    assert repr(read) == repr(value)
    assert evaluate(read, {}) == value


@given(literals, st.dictionaries(identifiers, literals, max_size=3), identifiers)
def test_calls_and_names_come_back_as_a_tree(value, keywords, name):
    listed = "".join(f", {key}={item!r}" for key, item in keywords.items())
    call = parse(f"{name}.inner({value!r}{listed})")
    assert call == Call(Name(f"{name}.inner"), (value,), keywords)
    assert parse_arguments(f"{name}{listed}") == ((Name(name),), keywords)
    namespace = {name: {"inner": lambda *args, **named: (args, named)}}
    assert evaluate(call, namespace) == ((value,), keywords)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_nothing_beyond_the_namespace_is_reached(text):
    with pytest.raises(ConfigError) as caught:
        evaluate(parse(text, "MODEL"), NAMESPACE, where="MODEL")
    assert "MODEL" in str(caught.value)
    assert ran == []


@pytest.mark.parametrize("text", [t for t in HOSTILE if t.strip(" \n#") and "f f" not in t])
def test_nothing_hostile_hides_in_arguments(text):
    with pytest.raises(ConfigError):
        evaluate(parse(f"f([{{'a': ({text},)}}], b={text})"), NAMESPACE)
    assert ran == []


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        tree = parse(text)
    except ConfigError:
        return
    assert isinstance(tree, Name | Call | bool | int | float | str | None | list | tuple | dict)


def test_what_is_in_the_namespace_is_reached():
    text = "f(recipes.digits(a=1), [sqrt(9), -2], number=number)"
    assert evaluate(parse(text), NAMESPACE) == (({"a": 1}, [3.0, -2]), {"number": 3})
    assert parse("f(1,\n  2,  # why\n)") == Call(Name("f"), (1, 2))


@pytest.mark.parametrize(
    ("text", "guess"),
    [("Sqrt", "sqrt"), ("recipes.digts", "recipes.digits"), ("f(trop())", "trap")],
)
def test_unknown_name_finds_the_nearest(text, guess):
    with pytest.raises(ConfigError, match=rf"unknown recipe .* in TRAINER; did you mean '{guess}'"):
        evaluate(parse(text), NAMESPACE, "recipe", "TRAINER")


@pytest.mark.parametrize(
    "text", ["sqrt()", "sqrt('a')", "number(1)", "recipes.digits(1)", "trap(1)"]
)
@pytest.mark.parametrize("where", ["MODEL", ""])
def test_call_that_does_not_fit_names_the_function_and_the_place(text, where):
    with pytest.raises(ConfigError) as caught:
        evaluate(parse(text), NAMESPACE, where=where)
    place = f"{where}: " if where else ""
    assert str(caught.value).startswith(f"{place}{text.partition('(')[0]}: ")


def test_lazy_import_is_loaded_when_looked_up():
    missing = {"a": {"b": LazyImport("no_such_module", "x")}, "c": 1}
    assert look_up("c", missing) == 1
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        look_up("a.b", missing)
