"""Many samples as one batch."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import default_collate

from labwork.core import ConfigError
from labwork.data import Batch, Record, batch_size, collate

FIELDS = {
    "float": 1.5,
    "int": 3,
    "bool": True,
    "numpy number": np.float32(1.5),
    "numpy bool": np.bool_(True),
    "tensor": torch.arange(6).reshape(2, 3),
    "scalar tensor": torch.tensor(2.0),
    "array": np.arange(6, dtype=np.uint8).reshape(2, 3),
}


@pytest.mark.parametrize("value", FIELDS.values(), ids=FIELDS)
@given(st.integers(1, 4))
def test_arrays_and_numbers_are_stacked_with_samples_first(value, count):
    as_record = collate([Record(x=value)] * count)
    as_tuple = collate([(value, value)] * count)
    expected = torch.stack([torch.as_tensor(np.asarray(value))] * count)
    assert type(as_record) is Batch
    assert type(as_tuple) is tuple
    for stacked in (as_record.x, *as_tuple, collate([value] * count)):
        assert torch.equal(stacked, expected)
        assert stacked.shape[0] == count == batch_size(as_record) == batch_size(as_tuple)
        assert stacked.dtype == (torch.float64 if value is FIELDS["float"] else expected.dtype)


@pytest.mark.parametrize("value", ["text", np.str_("text"), b"x", None, {"a": 1}, [1, 2]])
def test_the_rest_is_listed(value):
    assert collate([Record(x=value), Record(x=value)]).x == [value, value]


def test_lazy_fields_are_computed():
    assert collate([Record(x=i, y_=lambda r: r.x + 1) for i in range(3)]).y.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        [torch.zeros(2), torch.zeros(3)],
        [np.zeros(2), np.zeros((2, 1))],
        [torch.zeros(2), 1.0],
        [1, "a"],
        [1.0, None],
    ],
)
def test_what_does_not_fit_together_names_the_field_and_its_kinds(values):
    with pytest.raises(
        ValueError, match=r"field 'image' can't be stacked.*: its samples are "
    ) as e:
        collate([Record(label=1, image=value) for value in values])
    for value in values:
        shape = str(tuple(value.shape)) if hasattr(value, "shape") else ""
        assert f"{type(value).__name__}{shape}" in str(e.value)


class Point(NamedTuple):
    x: Any
    y: Any


LEAVES = st.sampled_from([1, 2.5, True, torch.ones(2), np.arange(3), "text"])
SAMPLES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1)
        | st.lists(inner, min_size=1, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=8,
)


def as_tuples(value: Any) -> Any:
    """PyTorch's batch with tuples for lists, save for those of strings."""
    if isinstance(value, dict):
        return {key: as_tuples(part) for key, part in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*map(as_tuples, value))
    if isinstance(value, list | tuple) and not isinstance(value[0], str):
        return tuple(map(as_tuples, value))
    return list(value) if isinstance(value, tuple) else value


@given(SAMPLES, st.integers(1, 3))
def test_dicts_tuples_and_lists_are_put_together_as_torch_does(sample, count):
    ours, theirs = collate([sample] * count), as_tuples(default_collate([sample] * count))
    assert type(ours) is type(theirs)
    assert Record(batch=ours) == Record(batch=theirs)


def test_nested_fields_are_listed_and_padded_by_their_path():
    samples = [(i, {"boxes": torch.ones(i, 4), "words": [1] * i}) for i in (1, 2)]
    with pytest.raises(ValueError, match=r"field '1\.boxes' .* ragged=\['1\.boxes'\]"):
        collate(samples)
    with pytest.raises(
        ValueError, match=r"'1\.words' .*: there is a list of 1 at 0, a list of 2 at"
    ):
        collate(samples, ragged=["1.boxes"])
    _, target = collate(samples, ragged=["1.words"], pad={"1.boxes": 0})
    assert list(target) == ["boxes", "boxes_mask", "words"]
    assert target["boxes"].shape == target["boxes_mask"].shape == (2, 2, 4)
    assert target["words"] == [[1], [1, 1]]
    assert collate(samples, ragged=["1"])[1] == [target for _, target in samples]
    with pytest.raises(ConfigError, match=r"unknown field '1\.box' .* did you mean '1\.boxes'"):
        collate(samples, ragged=["1.boxes", "1.words", "1.box"])


@pytest.mark.parametrize(
    ("samples", "kinds"),
    [
        ([(1, 2), (1,)], "a tuple of 2 at 0, a tuple of 1 at 1"),
        ([{"a": 1}, {"a": 2}, {"b": 1}], "a dict of 'a' at 0, a dict of 'b' at 2"),
        ([{"a": 1}, 3], "a dict of 'a' at 0, int at 1"),
        ([[], [1]], "a list of 0 at 0, a list of 1 at 1"),
    ],
)
def test_samples_of_different_kinds_are_told(samples, kinds):
    with pytest.raises(ValueError, match=f"there is {kinds}; collate_f=list lists them"):
        collate(samples)


def test_batch_stays_a_batch():
    batch = Batch(x=torch.arange(2), lazy_=lambda: [1, 2])
    assert collate(batch) is batch
    assert not batch.is_lazy("lazy")


@given(st.integers(1, 5))
def test_batch_size_is_read_from_the_first_field(count):
    x = torch.zeros(count, 2)
    for batch in (x, (x, 1), [x], {"a": x, "b": 1}, Batch(a=x, b=1), Record(a=list(x))):
        assert batch_size(batch) == count


def test_batch_moves_its_tensors_and_keeps_the_rest():
    batch = Batch(image=torch.zeros(2, 3), name=["a", "b"])
    moved = batch.to(torch.device("meta"))
    assert type(moved) is Batch
    assert (moved.image.device.type, moved.name) == ("meta", ["a", "b"])
    assert batch.image.device.type == "cpu"
