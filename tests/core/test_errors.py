"""Errors and what they suggest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork import core
from labwork.core import ConfigError, LabworkError, NonFiniteError, nearest, unknown_name

BASES = {
    "CheckpointError": RuntimeError,
    "ConfigError": ValueError,
    "ExpressionError": ValueError,
    "NonFiniteError": ArithmeticError,
    "RunError": RuntimeError,
    "StateError": ValueError,
}
KNOWN = ["Digits", "Cifar10", "standardize", "SmallImageClassifier"]


def test_all_errors_are_in_the_tree():
    published = {n for n in core.__all__ if n.endswith("Error")}
    assert published == {*BASES, "LabworkError"}


@pytest.mark.parametrize(("name", "base"), BASES.items())
def test_error_is_caught_as_ours_and_as_pythons(name, base):
    for kind in (base, LabworkError, getattr(core, name)):
        with pytest.raises(kind, match="what is wrong"):
            raise getattr(core, name)("what is wrong")


def test_non_finite_error_knows_its_step():
    assert NonFiniteError("loss", step=3).step == 3
    assert NonFiniteError("loss").step is None


@given(st.sampled_from(KNOWN), st.data())
def test_a_slip_of_the_pen_finds_the_name(name, data):
    place = data.draw(st.integers(0, len(name) - 1))
    slips = [name[:place] + name[place + 1 :], name[:place] + "x" + name[place:], name.swapcase()]
    for slip in slips:
        assert nearest(slip, KNOWN) == name
        error = unknown_name("thing", slip, KNOWN, "MODEL")
        assert isinstance(error, ConfigError)
        assert f"unknown thing {slip!r} in MODEL; did you mean {name!r}?" in str(error)
        assert all(known in str(error) for known in KNOWN)


@pytest.mark.parametrize("known", [[], KNOWN])
def test_nothing_near_suggests_nothing(known):
    assert nearest("qqqq", known) is None
    assert "did you mean" not in str(unknown_name("thing", "qqqq", known))
