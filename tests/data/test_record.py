"""Records: ordered mappings whose lazy fields are computed once, when asked for."""

import copy
import functools
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import Batch, Record

mappings = st.dictionaries(st.sampled_from("abcdef"), st.integers(), min_size=1)


class Counted:
    """A function that notes how often it is called."""

    def __init__(self, value: object) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> object:
        self.calls += 1
        return self.value


@given(mappings, st.data())
def test_reads_like_the_mapping_in_its_order(mapping, data):
    record = Record(mapping)
    names, values = list(mapping), list(mapping.values())
    assert (record.keys(), list(record), record.items()) == (names, values, list(mapping.items()))
    for name, value in mapping.items():
        assert record[name] == getattr(record, name) == record[names.index(name)] == value
        assert record[names.index(name) - len(names)] == value
        assert name in record
    part = data.draw(st.slices(len(mapping)))
    assert record[part].items() == list(mapping.items())[part]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
    assert record[chosen] == Record({name: mapping[name] for name in chosen})
    assert record[[names.index(name) for name in chosen]] == record[tuple(chosen)] == record[chosen]
    assert set(names) <= set(dir(record))
    assert (len(record), Record(record), Record(**mapping)) == (len(mapping), record, record)


@given(mappings, mappings)
def test_join_is_the_union_unless_fields_overlap(one, other):
    joined = Record(one).join(Record(other), overwrite=True)
    assert joined.items() == list((one | other).items())
    common = ", ".join(sorted(one.keys() & other.keys()))
    if common:
        with pytest.raises(ValueError, match=f"common fields: {common}$"):
            Record(one).join(Record(other))
    else:
        assert Record(one).join(Record(other)) == joined


def test_lazy_field_is_computed_once_when_read_and_shared_with_derived_records():
    field = Counted(5)
    record = Record(x=2, lazy_=field)
    derived = [record[["lazy"]], record[1:], record.join(Record(z=1)), Record(record)]
    assert all(r.is_lazy("lazy") for r in [record, *derived])
    assert (repr(record), len(record), "lazy" in record) == ("Record(x=2, lazy=<lazy>)", 2, True)
    assert field.calls == 0
    assert [derived[0].lazy, record.lazy, *(r["lazy"] for r in derived)] == [5] * 6
    assert field.calls == 1
    assert not any(r.is_lazy("lazy") for r in [record, *derived])
    assert repr(record) == "Record(x=2, lazy=5)"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_lazy_fields_that_need_one_another_are_told(count):
    names = ["a", "b", "c"][:count]
    others = {f"{n}_": lambda r, i=i: r[(i + 1) % count] for i, n in enumerate(names)}
    record = Record(**others, before_=lambda r: r.a, well_=lambda: 1)
    circle = " → ".join([*names, "a"])
    for name in ("a", "before", "a"):
        with pytest.raises(ConfigError, match=f"^the lazy field 'a' needs itself: {circle}\\n"):
            record[name]
    assert record.is_lazy("a")
    assert record.well == 1


def test_two_threads_may_compute_a_field_at_once():
    both_are_in = Barrier(2)
    record = Record(x_=lambda: both_are_in.wait(10) >= 0)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: record.x, range(2))) == [True, True]


def test_lazy_field_may_take_the_record_it_was_written_in():
    record = Record(x=2, double_=lambda r: r.x * 2, quad_=lambda r: r.double * 2)
    assert Record(x=100).join(record[["quad"]]).quad == 8
    assert record.evaluate() is record
    assert not any(map(record.is_lazy, record.keys()))


@pytest.mark.parametrize(
    "function",
    [
        *(lambda: 3, lambda kept=3: kept, lambda *, kept=3: kept, lambda *args: 3 + 0 * len(args)),
        *(functools.partial(lambda x: x, x=3), functools.partial(lambda y, r: r.x + y, 0)),
        *(lambda r: r.x, lambda r, kept=0: r.x + kept, Counted(3)),
    ],
)
def test_any_function_of_nothing_or_of_the_record_will_do(function):
    assert Record(x=3, lazy_=function).lazy == 3


def test_constructor_without_a_signature_will_do():
    assert Record(lazy_=dict).lazy == {}


def test_failed_field_stays_lazy_and_its_own_error_is_told():
    record = Record(bad_=lambda r: r.wrong, x=1)
    for _ in range(2):
        with pytest.raises(AttributeError, match="no field 'wrong'"):
            record.bad  # noqa: B018
        assert record.is_lazy("bad")


def test_error_in_a_field_is_told_with_the_innermost_name():
    record = Record(a_=lambda r: r.b, b_=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        record.evaluate()
    assert caught.value.__notes__ == ["in field 'b'"]


def test_any_string_may_be_a_name():
    names = ["self", "fields", "", "_", "a b", "keys"]
    record = Record(**dict.fromkeys(names, len))
    assert record.items() == [(name, len) for name in names]


def test_trailing_underscore_without_a_function_is_just_a_name():
    assert Record(x_=3).x_ == 3


@pytest.mark.parametrize("kind", [Record, Batch])
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_copies_are_computed_and_of_the_same_kind(kind, duplicate):
    record = kind({"a": torch.ones(2)}, b_=lambda r: r.a.tolist())
    twin = duplicate(record)
    assert type(twin) is type(record[:1]) is type(record.join(Record(c=1))) is kind
    assert (twin.keys(), twin.b, twin.is_lazy("b")) == (["a", "b"], [1.0, 1.0], False)
    twin.a.zero_()
    assert record.a.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("name", "hint"), [("imag", "did you mean 'image'?"), ("zzz", "it has image, label")]
)
def test_missing_field_names_the_nearest_or_all(name, hint):
    record = Record(image=1, label=2)
    for read, error in ((getattr, AttributeError), (Record.__getitem__, KeyError)):
        with pytest.raises(error) as caught:
            read(record, name)
        assert f"Record has no field '{name}'; {hint}" in str(caught.value)
    with pytest.raises(KeyError, match="Record has no field"):
        record[["image", name]]
    assert not hasattr(record, name)


ALIKE: list[tuple[Callable[[], Any], Callable[[], Any]]] = [
    (lambda: torch.arange(3), lambda: torch.arange(4)),
    (lambda: torch.ones(2, 2), lambda: torch.ones(4)),
    (lambda: np.arange(3), lambda: np.array([0, 1, 3])),
    (lambda: torch.tensor(3), lambda: 4),
    (lambda: np.array(["a", "b"]), lambda: np.array(["a", "c"])),
    (lambda: [1, torch.ones(2)], lambda: [1, torch.zeros(2)]),
    (lambda: (1, torch.ones(2)), lambda: (1, torch.ones(2), 2)),
    (lambda: {"a": np.ones(2)}, lambda: {"b": np.ones(2)}),
    (lambda: Record(y=torch.ones(2)), lambda: Record(y=torch.zeros(2))),
    (lambda: torch.ones(2), lambda: 1),
    (lambda: torch.ones(2), lambda: np.ones(2)),
    (lambda: "text", lambda: None),
]


@pytest.mark.parametrize(("make", "make_other"), ALIKE)
def test_records_are_equal_where_all_values_are(make, make_other):
    record, twin, other = Record(x=make(), y=1), Record(x=make(), y=1), Record(x=make_other(), y=1)
    assert record == record == twin
    assert Record(x_=make, y=1) == record
    assert record != other
    assert other != record
    assert record != Record(y=1, x=make())
    assert record != Record(x=make())
    assert record != {"x": make(), "y": 1}


@pytest.mark.parametrize("scalar", [np.int64, np.uint8, np.array, torch.tensor])
def test_position_may_be_a_whole_number_of_any_library(scalar):
    record = Record(a=5, b=6)
    assert record[scalar(1)] == 6
    assert record[[scalar(1), "a"]] == Record(b=6, a=5)


@pytest.mark.parametrize("key", [1.5, None, torch.tensor(1.0), np.True_])
def test_what_is_no_key_is_told(key):
    for keys in (key, [key]):
        with pytest.raises(TypeError):
            Record(a=5)[keys]
    with pytest.raises(TypeError, match=r"named, numbered, or listed so; .* is no such thing"):
        Record(a=5)[[key]]


def test_records_do_not_change():
    source = {"x": 1}
    record = Record(source)
    source["x"] = 2
    with pytest.raises(AttributeError, match=r"record\.join\(Record\(x=…\)\)"):
        record.x = 3
    with pytest.raises(TypeError):
        record["x"] = 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(record)
    assert record.x == 1


@pytest.mark.parametrize("position", [1, -2])
def test_position_out_of_range_is_an_index_error(position):
    for key in (position, [position]):
        with pytest.raises(IndexError, match=f"no field at {position}; it has 1"):
            Record(x=1)[key]
