"""Whatever is written, it is read and evaluated, or it is a ConfigError."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labwork.config.expressions import parse_arguments, parse_data, parse_expression
from labwork.core import ConfigError

VALID = [
    "t(depth=18, small_input=True, block_f=t(norm_f=None))",
    "train,test:Digits{trainval,test}:(d[0][:100],d[1][:100])",
    "Data{train,val}, Noise(shape=(8,8,8)): (d[0],d[1][:11],d[2])",
    "recipes.digits, epoch_count=200/8, f=partial(net, depth=7)",
    "[x * y for x in range(3) if x for y, _ in zip(d, d)]",
    "{**{'a': 1}, 'b': [*map(lambda x, *y, k=2: x ** k, (1, 2.5))]}",
    "(lambda f: f(f, 4))(lambda f, i: 1 if i < 1 else i * f(f, i - 1))",
    "d[0].map(lambda r: r + 1)[::-1].items[0] in {1, 2} and not r.image",
    "sum(sorted([3, 1], key=lambda x: -x)) << 4 | ~n == '''a\nb''' or b'c' + 'é\\n'",
]
NASTY = [
    *["(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "'", '"', "*", "**", "+", "-", "~", "@"],
    *["<", "==", ":=", "!", "?", "$", "`", "\\", "#", ";", "\n", "\t", "\0", "\x1b", "é", "\u2028"],
    *["0", "1", "9**9", "1e999", "0x", "1_", "1j", "'a'", "b'", "f'{", "'''", "...", "_"],
    *["lambda", "lambda x:", "for", "for x in", "in", "is not", "if", "else", "not", "and"],
    *["async", "await", "yield", "x", "n", "d", "r", "t", "range", "len", "map", "sorted"],
    *["partial", "Tree", "recipes", "parts", ".digits", ".Fraction", ".map", "fail", "gone"],
    *["module", "None", "True", "{train}", "Digits{", "import", "range(10**9)", "*10**9"],
    *["key=", "**t(", "(lambda f: f(f))", "__class__", ".__class__"],
]
EDITS = st.tuples(st.integers(0, 80), st.integers(0, 5), st.sampled_from(["", *NASTY]))


def edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, length, new in edits:
        text = text[:start] + new + text[start + length :]
    return text


MUTATED = st.builds(edited, st.sampled_from(VALID), st.lists(EDITS, max_size=4))
TOKENS = st.lists(st.sampled_from(NASTY), max_size=25)
TEXTS = st.one_of(st.text(max_size=60), MUTATED, TOKENS.map(" ".join), TOKENS.map("".join))


def expressions_in(text):
    """All that the three parsers find in ``text``."""
    for parse in (parse_expression, parse_arguments, parse_data):
        try:
            read = parse(text, "FUZZ")
        except ConfigError as error:
            assert str(error).startswith("FUZZ: ")  # noqa: PT017 - any may raise
            continue
        if parse is parse_expression:
            yield read
        elif parse is parse_arguments:
            yield from (*read.args, *read.keywords.values())
        else:
            yield from (v for spec in read.specs for v in spec.keywords.values())
            yield from filter(None, [read.transform])


@given(TEXTS)
@example("fail('StopIteration')")
@example("[fail('StopIteration') for x in d]")
@example("{fail('KeyError', 'a\\nb'): 1}")
def test_any_text_is_read_or_refused(namespace, text):
    for expression in expressions_in(text):
        try:
            expression.evaluate(namespace)
        except ConfigError as error:
            lines = str(error).split("\n")
            assert lines[0].startswith("FUZZ: ")
            assert len(lines) == 3
            assert set(lines[2]) <= {" ", "^"}


@pytest.mark.parametrize("text", VALID)
def test_what_is_mutated_is_valid_for_one_parser(text):
    assert list(expressions_in(text))
