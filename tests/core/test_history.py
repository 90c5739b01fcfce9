"""What happened to a node, in order."""

import math

from hypothesis import given
from hypothesis import strategies as st

from labwork.core import Entry, History

values = st.sampled_from([0.0, 1.0, 2.5, math.inf, -math.inf, math.nan])
entries = st.lists(
    st.builds(
        Entry,
        st.sampled_from(["train", "val"]),
        st.integers(0, 9),
        st.integers(0, 99),
        st.fixed_dictionaries({}, optional={"loss": values, "accuracy": values}),
    )
)


def filled(entries: list[Entry]) -> History:
    history = History()
    for e in entries:
        history.add(e.split, epoch=e.epoch, step=e.step, values=e.values)
    return history


@given(entries)
def test_history_keeps_what_was_added_in_order(entries):
    history = filled(entries)
    assert list(history) == [history[i] for i in range(len(history))] == entries
    mine = [e for e in entries if e.split == "val"]
    assert history.last("val") == (mine[-1] if mine else None)
    losses = [(e.step, e.values["loss"]) for e in mine if "loss" in e.values]
    assert history.series("val", "loss") == losses


@given(entries)
def test_best_is_the_first_of_the_best_numbers_and_nan_is_none(entries):
    history = filled(entries)
    numbers = [v for _, v in history.series("val", "loss") if not math.isnan(v)]
    for best, higher in ((max, True), (min, False)):
        found = history.best("val", "loss", higher_is_better=higher)
        if not numbers:
            assert found is None or math.isnan(found.values["loss"])
            continue
        wanted = best(numbers)
        first = next(
            e for e in entries if e.split == "val" and e.values.get("loss", math.nan) == wanted
        )
        assert found == first


def test_later_changes_of_the_given_values_change_nothing():
    values = {"loss": 1.0}
    history = History()
    history.add("val", epoch=1, step=1, values=values)
    values["loss"] = 2.0
    assert history[0].values == {"loss": 1.0}
