"""Data by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config import DataSpec, Name, parse_data
from labwork.core import ConfigError

names = st.sampled_from(["Digits", "b2", "Cifar_10"])
spaces = st.sampled_from(["", " ", "\n "])
values = st.none() | st.integers() | st.lists(st.integers(), max_size=2) | st.just(Name("x.y"))
specs = st.builds(
    DataSpec,
    names,
    st.lists(st.sampled_from(["train", "val", "te-st"]), min_size=1, unique=True).map(tuple),
    st.dictionaries(names, values, max_size=2),
)


def written(spec: DataSpec, space: str) -> str:
    shown = {k: v.path if isinstance(v, Name) else repr(v) for k, v in spec.keywords.items()}
    keywords = ",".join(f"{space}{k}={v}" for k, v in shown.items())
    brackets = f"{space}({keywords}{space})" if keywords else ""
    return f"{space}{spec.name}{brackets}{space}{{{f'{space},'.join(spec.subsets)}{space}}}{space}"


@given(st.lists(specs, min_size=1, max_size=3), spaces)
def test_what_is_written_is_read(specs, space):
    assert parse_data(",".join(written(spec, space) for spec in specs)) == tuple(specs)


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", ",", "Digits", "Digits{", "Digits{}", "Digits{train", "Digits{train}}"],
        *["{train}", "1a{b}", "_D{a}", "a.b{c}", "Digits{train,}", "Digits{,train}", "Digits(){"],
        *["Digits{a}{b}", "Digits{a} Cifar{b}", ",Digits{a}", "Digits{a}\0", "Digits(1){a}"],
        *["Digits(x=){a}", "Digits(x=1, x=2){a}", "Digits(**f){a}", "Digits(x=f()){a}"],
        *["Digits(x=lambda: 1){a}", "Digits(x=f[0]){a}", "D{" + "a" * 10**6 + "}"],
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_other_text_is_refused_where_it_was_written(text):
    with pytest.raises(ConfigError, match=r"^DATA of test: "):
        parse_data(text, "DATA of test")
