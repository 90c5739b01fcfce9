"""What the language has: each form, and that it means what it means in Python."""

import pickle
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.expressions import parse_arguments, parse_expression
from labwork.core import ExpressionError

FORMS = [
    # literals and containers
    ("[1, -2.5, 1e3, 0xff, 1_000, 2j]", [1, -2.5, 1000.0, 255, 1000, 2j]),
    ("('a', \"b\", b'c', r'\\d', 'a' 'b', '''x\ny''', None, True, ...)",
     ("a", "b", b"c", "\\d", "ab", "x\ny", None, True, ...)),
    ("{1: 'a', **{2: 'b'}}", {1: "a", 2: "b"}),
    ("{1, 2, *[3]}", {1, 2, 3}),
    ("[*range(2), *'ab']", [0, 1, "a", "b"]),
    ("1, 2,", (1, 2)),
    ("()", ()),
    # names, attributes, calls
    ("n", 3),
    ("recipes.digits + recipes.deep.cifar", 3),
    ("parts.Fraction(1, 2) == parts.Fraction(2, 4)", True),
    ("sqrt(9)", 3.0),
    ("net(depth=34, small_input=True)", "net34True"),
    ("t(*[[(1, 2)]], **{'b': t(c=None)}, a=1)", {1: 2, "b": {"c": None}, "a": 1}),
    ("partial(net, 50)()", "net50False"),
    # indexing and open types
    ("[d[0][0], d[1][-1], d[0][1:][0], len(d[0][:2] + d[1] * 2)]", [1, 5, 2, 6]),
    ("'abcdef'[1:5:2] + 'abc'[::-1]", "bdcba"),
    ("{'a': [1, 2]}['a'][1]", 2),
    ("d[0].map(lambda x: 10 * x).items[2]", 30),
    ("r.image", 7),
    # operators
    ("200/8, 7//2, 7%4, 2**-1, -2**2, 1<<4, 255>>4, 6&3, 6|3, 6^3, ~True",
     (25.0, 3, 3, 0.5, -4, 16, 15, 2, 7, 5, -2)),
    ("[0]*3 + [1], 2*'ab', (1,)+(2,), {1,2}|{3}, {1,2}-{2}, {1:1}|{2:2}",
     ([0, 0, 0, 1], "abab", (1, 2), {1, 2, 3}, {1}, {1: 1, 2: 2})),
    ("1 < 2 <= 2 != 3 > 2 >= 2 == 2, 2 in [2], 'x' not in 'ab', n is not None, None is None",
     (True,) * 5),
    ("(n and 0) or 5, not n, 'a' if n > 2 else missing", (5, False, "a")),
    ("n == 3 or missing", True),
    ("3 > 4 > missing", False),
    # scopes
    ("[x * y for x in range(3) if x for y in (1, 10) if y > 1]", [10, 20]),
    ("{k: v for k, (v, _) in [('a', (1, 2))]}", {"a": 1}),
    ("{x % 2 for x in range(5)}", {0, 1}),
    ("sum(x for x in range(4))", 6),
    ("(lambda x, /, y=2, *a, z, **k: (x, y, a, z, k))(1, z=3, w=4)", (1, 2, (), 3, {"w": 4})),
    ("(lambda f: f(f, 4))(lambda f, i: 1 if i < 1 else i * f(f, i - 1))", 24),
    ("[f(1) for f in [lambda x: x + i for i in range(3)]]", [1, 2, 3]),
    ("sorted([3, 1, 2], key=lambda x: -x)", [3, 2, 1]),
    # space
    ("\n  t(a=1,  # why\n    b=2,\n  )  ", {"a": 1, "b": 2}),
    ("1 +\n 2", 3),
    # what Python warns of, which nobody is to see
    ("['\\d', 1or 2, 1.if 1 else 2]", ["\\d", 1, 1.0]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FORMS, ids=lambda x: ascii(x)[:40])
def test_form_has_its_value(text, value, namespace):
    found = parse_expression(text).evaluate(namespace)
    assert (type(found), found) == (type(value), value)


VARIABLES = {"a": 3, "b": [1, 2, 3], "c": "xy", "range": range, "len": len}
ATOMS = st.sampled_from(["0", "1", "4", "0.5", "'q'", "True", "None", "a", "b", "c", "[]", "()"])
BINARY = "({} %s {})"
TEMPLATES = [
    *(BINARY % op for op in ("+", "-", "*", "/", "//", "&", "|", "^", "and", "or")),
    *(BINARY % op for op in ("<", "<=", ">", ">=", "==", "!=", "in", "not in")),
    *[
        "({} is None)",
        "({} is not None)",
        "(-{})",
        "(+{})",
        "(not {})",
        "(~{})",
        "({} ** 2)",
        "({} << 2)",
        "({} >> 1)",
    ],
    *["({} if {} else {})", "({} < {} < {})", "[{}, {}]", "({}, {})", "{{{}, {}}}"],
    *["{{{}: {}}}", "{}[{}]", "{}[{}:]", "{}[:{}:{}]", "len({})", "(lambda a: {})({})"],
    *["[{} for a in [{}, {}]]", "[a for a in ({}, {}) if {}]", "{{a: {} for a in b}}"],
    *["(lambda a, b={}: {})({})", "[*[{}], *b]", "{{**{}, 1: {}}}", "[a + {} for a, b in [{}]]"],
]
TEXTS = st.recursive(
    ATOMS,
    lambda inner: st.sampled_from(TEMPLATES).flatmap(
        lambda form: st.lists(inner, min_size=3, max_size=3).map(lambda parts: form.format(*parts))
    ),
    max_leaves=9,
)


@given(TEXTS)
def test_value_is_pythons_and_so_is_its_absence(text):
    try:
        with warnings.catch_warnings(action="ignore"):
            expected = eval(text, {"__builtins__": {}, **VARIABLES})
    except Exception:  # noqa: BLE001 - whatever Python says
        with pytest.raises(ExpressionError):
            parse_expression(text).evaluate(VARIABLES)
        return
    found = parse_expression(text).evaluate(VARIABLES)
    assert (type(found), found) == (type(expected), expected)


@given(TEXTS)
def test_tree_does_not_depend_on_space_and_survives_pickling(text):
    expression = parse_expression(text)
    spaced = parse_expression(f"\n ( {text}\n)  # end", "elsewhere")
    assert spaced == expression == pickle.loads(pickle.dumps(expression))
    assert hash(spaced) == hash(expression)
    assert parse_expression(f"[{text}]") != expression


@pytest.mark.parametrize(
    ("text", "name", "is_literal"),
    [
        *[
            ("recipes.digits", "recipes.digits", False),
            ("f()", None, False),
            ("a[0].b", None, False),
        ],
        *[("(a)", "a", False), ("-1", None, True), ("[1, {'a': (2.5, None)}, {3}]", None, True)],
        *[("1 + 2", None, False), ("[a]", None, False), ("{**{}}", None, False)],
        *[("not 1", None, False), ("lambda: 1", None, False), ("'a'", None, True)],
    ],
)
def test_expression_tells_what_it_is(text, name, is_literal):
    expression = parse_expression(f" {text} ", "TRAINER")
    assert (expression.name, expression.is_literal) == (name, is_literal)
    assert (expression.text, expression.where) == (text, "TRAINER")
    assert repr(expression) == f"parse_expression({text!r})"


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1.0"), ("1", "True"), ("'a'", "b'a'"), ("a", "b"), ("a+b", "a-b")]
)
def test_different_trees_differ(one, other):
    assert parse_expression(one) != parse_expression(other)


@pytest.mark.parametrize(
    ("text", "args", "keywords"),
    [
        ("", [], {}),
        (" # nothing", [], {}),
        ("recipes.digits, epoch_count=5", ["recipes.digits"], {"epoch_count": "5"}),
        ("ResNetV1,backbone_f=t(depth=18),", ["ResNetV1"], {"backbone_f": "t(depth=18)"}),
        ("(1, 2)", ["(1, 2)"], {}),
        ("x for x in y", ["x for x in y"], {}),
        ("a,\n b=[1,\n 2]", ["a"], {"b": "[1,\n 2]"}),
        ("é, ü=lambda x: {x: 1}", ["é"], {"ü": "lambda x: {x: 1}"}),
    ],
)
def test_arguments_are_those_between_the_brackets(text, args, keywords):
    given = parse_arguments(text, "MODEL")
    assert [arg.text for arg in given.args] == args
    assert {name: value.text for name, value in given.keywords.items()} == keywords
    assert all(e.where == "MODEL" for e in (*given.args, *given.keywords.values()))
