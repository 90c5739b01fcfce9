"""When something is due."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError, Every

counts = st.integers(1, 50)
RANGE = range(200)


@given(counts, st.sampled_from(["ep", "it"]), st.text(" \t", max_size=2))
def test_due_at_the_multiples_of_its_own_unit_only(count, unit, space):
    every = Every(f"{space}{count}{space}{unit}{space}")
    steps = [n for n in RANGE if every.is_due_at_step(n)]
    epochs = [n for n in RANGE if every.is_due_at_epoch(n)]
    due, other = (steps, epochs) if unit == "it" else (epochs, steps)
    assert due == list(RANGE)[count::count]
    assert other == []


@given(counts)
def test_doubling_is_due_at_powers_of_two_then_at_multiples(limit):
    every = Every.doubling(limit)
    powers = {0} | {2**i for i in range(10) if 2**i < limit}
    expected = sorted(powers | set(RANGE[limit::limit]))
    assert [n for n in RANGE if every.is_due_at_step(n)] == expected
    assert not any(every.is_due_at_epoch(n) for n in RANGE)


@given(counts)
def test_repr_and_copies_are_equal_and_other_times_are_not(count):
    different = [Every(f"{count}ep"), Every(f"{count}it"), Every.doubling(count)]
    assert len(set(different)) == 3
    for every in different:
        twins = [eval(repr(every)), copy.deepcopy(every), pickle.loads(pickle.dumps(every))]
        assert all(twin == every and hash(twin) == hash(every) for twin in twins)
    assert Every(f"{count}ep") != Every(f"{count + 1}ep")
    assert Every(f"{count}ep") != f"{count}ep"


@pytest.mark.parametrize(
    "text",
    ["", "5", "ep", "0ep", "00it", "-1it", "+1it", "1.5ep", "2 epochs", "2 e p", "it5", "5it 5it"],
)
def test_bad_text_says_how_to_write(text):
    with pytest.raises(ConfigError, match="'2ep' or '500it'"):
        Every(text)


@pytest.mark.parametrize("value", ["5IT", "1_0it", "9" * 5000 + "it", None, 5, b"5it", ["5it"]])
def test_what_only_looks_like_a_time_is_refused(value):
    with pytest.raises(ConfigError, match="'2ep' or '500it'"):
        Every(value)


@pytest.mark.parametrize("limit", [0, -1, 1.5, None, "x"])
def test_bad_limit_is_refused(limit):
    with pytest.raises(ConfigError):
        Every.doubling(limit)
