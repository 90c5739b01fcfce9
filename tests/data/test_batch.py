"""Many samples as one batch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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


def test_tuples_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        collate([(1, 2), (1,)])


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
