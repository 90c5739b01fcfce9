"""Data in words: what is accepted, what is refused, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.expressions import DataExpression, DataSpec, parse_data, parse_expression
from labwork.core import ExpressionError

ACCEPTED = [
    ("Cifar10{trainval,test}", (), [("Cifar10", ("trainval", "test"), {})], None),
    ("Cityscapes(downsampling=2){train,val}", (),
     [("Cityscapes", ("train", "val"), {"downsampling": "2"})], None),
    ("train,test:Cifar10{trainval,test}:(d[0][:100],d[1][:100])", ("train", "test"),
     [("Cifar10", ("trainval", "test"), {})], "(d[0][:100],d[1][:100])"),
    ("train,train_u,test:Cifar10{trainval,test}:(rotating_labels(d[0])[:4000],d[0],d[1])",
     ("train", "train_u", "test"), [("Cifar10", ("trainval", "test"), {})],
     "(rotating_labels(d[0])[:4000],d[0],d[1])"),
    ("DummyDataset{train,val}, WhiteNoise(example_shape=(8,8,8)): (d[0],d[1][:11],d[2])", (),
     [("DummyDataset", ("train", "val"), {}), ("WhiteNoise", (), {"example_shape": "(8,8,8)"})],
     "(d[0],d[1][:11],d[2])"),
    ("Digits", (), [("Digits", (), {})], None),
    ("Digits()", (), [("Digits", (), {})], None),
    ("a: Digits", ("a",), [("Digits", (), {})], None),
    ("Digits: (d[0],)", (), [("Digits", (), {})], "(d[0],)"),
    ("Digits: lambda d: d", (), [("Digits", (), {})], "lambda d: d"),
    ("ext.sets.Mine{a}, B{a}", (), [("ext.sets.Mine", ("a",), {}), ("B", ("a",), {})], None),
    ("A(x=':,{(', y=lambda a, b: {a: b}, z=n[1:2]){a}: d[1:2]", (),
     [("A", ("a",), {"x": "':,{('", "y": "lambda a, b: {a: b}", "z": "n[1:2]"})], "d[1:2]"),
    ("\n train # names\n :\n A (\n x = 1,\n ) {\n a\n } \n", ("train",),
     [("A", ("a",), {"x": "1"})], None),
]  # fmt: skip


def expected(names, specs, transform):
    def read(keywords):
        return {name: parse_expression(text) for name, text in keywords.items()}

    made = tuple(
        DataSpec(parse_expression(name), tuple(map(parse_expression, subsets)), read(keywords))
        for name, subsets, keywords in specs
    )
    return DataExpression(names, made, transform and parse_expression(transform))


@pytest.mark.parametrize(("text", "names", "specs", "transform"), ACCEPTED)
def test_what_is_written_is_read(text, names, specs, transform):
    assert parse_data(text) == expected(names, specs, transform)


NAMES = st.sampled_from(["train", "val", "Digits", "a.b", "x_1", "ü"])
PLAIN = NAMES.filter(lambda name: "." not in name)
VALUES = st.sampled_from(["1", "(8, 8)", "lambda x: {x: 1}", "':}'", "d[1:]", "t(a={'b': 2})"])
SPECS = st.tuples(
    NAMES,
    st.lists(PLAIN, unique=True, max_size=3).map(tuple),
    st.dictionaries(PLAIN, VALUES, max_size=2),
)
SPACES = st.sampled_from(["", " ", "\n  "])


def written(names, specs, transform, space):
    def spec(name, subsets, keywords):
        given = f",{space}".join(f"{key}{space}={value}" for key, value in keywords.items())
        brackets = f"{space}({given}{space})" if keywords else ""
        return name + brackets + (f"{space}{{{f'{space},'.join(subsets)}}}" if subsets else "")

    parts = [f",{space}".join(names)] if names else []
    parts.append(f"{space},".join(spec(*one) for one in specs))
    return f"{space}:{space}".join([*parts, *filter(None, [transform])]) + space


@given(
    st.lists(PLAIN, unique=True, max_size=3).map(tuple),
    st.lists(SPECS, min_size=1, max_size=3),
    st.sampled_from([None, "(d[0], d[1][:2])", "[x for x in d]"]),
    SPACES,
)
def test_reading_undoes_writing(names, specs, transform, space):
    text = written(names, specs, transform, space)
    assert parse_data(text) == expected(names, specs, transform)


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("a,«a»:A{x,y}", "'a' is given twice"),
        ("A{x,«x»}", "'x' is given twice"),
        ("A{x,«}»", "the name of a subset should stand here"),
        ("A{«,»x}", "the name of a subset should stand here"),
        ("A{«}»", "the name of a subset should stand here"),
        ("A{x «y»}", "',' or '}' should stand here"),
        ("A{x}, «:»d", "the name of a dataset"),
        ("«,»A{x}", "the name of a dataset"),
        ("«:»A{x}", "the name of a dataset"),
        ("a,«:»A{x}", "the name of a dataset"),
        ("«1»:A{x}", "the name of a dataset"),
        ("«{»x}", "the name of a dataset"),
        ("A.«{»x}", "a name after the dot"),
        ("A{x}«}»", "'}' closes nothing"),
        ("A«{»x", "'{' is never closed"),
        ("A(b=[1«)»{x}", "')' closes nothing"),
        ("A(«1»){x}", "arguments of a dataset are written name=value"),
        ("A(b=1, «2»){x}", "can't be read: positional argument follows keyword argument"),
        ("A(b=1, «b»=2){x}", "argument 'b' is given twice"),
        ("A(«*b»){x}", "'*' and '**' can't be used here"),
        ("A(b=«$»){x}", "can't be read: invalid syntax"),
        ("A{x}«{»y}", "',', ':' or the end should stand here"),
        ("a, b «A»{x}", "',', ':' or the end should stand here"),
        ("A{x}: d«:»e", "can't be read: invalid syntax"),
        ("é,ü:A{x}: (d, «f'»{d}')", "strings with fields"),
        ("a: A{x}: d[«x := 1»]", "':=' isn't allowed"),
    ],
)
def test_other_text_is_refused_where_it_goes_wrong(marked, message, unmark):
    before, inside, after = unmark(marked)
    with pytest.raises(ExpressionError) as caught:
        parse_data(before + inside + after)
    assert str(caught.value).startswith(f"DATA: {message}")
    assert caught.value.span == (len(before), len(before + inside))


@pytest.mark.parametrize("text", ["", "  ", "A{x},", "A{x}:", "a:", "A.", "# A"])
def test_what_is_missing_in_the_end_is_told(text):
    with pytest.raises(ExpressionError, match=r"^data\.yaml:3: .*(should stand here|missing)"):
        parse_data(text, "data.yaml:3")
