"""Samples of different sizes in one batch."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Batch, DataLoader, FunctionDataset, Record, collate

SHAPES = st.integers(1, 3).flatmap(
    lambda dimensions: st.lists(
        st.lists(st.integers(0, 4), min_size=dimensions, max_size=dimensions),
        min_size=1,
        max_size=5,
    )
)
KINDS = [torch.int64, torch.float32, torch.uint8, torch.bool, torch.bfloat16]


@given(SHAPES, st.sampled_from(KINDS), st.booleans())
def test_padding_keeps_all_that_was_there_and_says_where(shapes, dtype, as_arrays):
    tensors = [torch.randint(0, 2, shape).to(dtype) for shape in shapes]
    as_arrays = as_arrays and dtype is not torch.bfloat16
    values = [tensor.numpy() for tensor in tensors] if as_arrays else tensors
    batch = collate([Record(x=value, n=i) for i, value in enumerate(values)], pad={"x": 1})
    assert batch.keys() == ["x", "x_mask", "n"]
    assert batch.x.dtype == dtype
    assert batch.x.shape == batch.x_mask.shape == (len(shapes), *np.max(shapes, axis=0))
    for tensor, padded, mask in zip(tensors, batch.x, batch.x_mask, strict=True):
        assert torch.equal(padded[mask], tensor.reshape(-1))
        assert torch.equal(padded[tuple(map(slice, tensor.shape))], tensor)
        assert bool((padded[~mask] == 1).all())


@given(SHAPES)
def test_listing_keeps_the_samples_as_tensors(shapes):
    values = [np.random.default_rng(0).random(shape) for shape in shapes]
    batch = collate([Record(x=value, n=1) for value in values], ragged=["x"])
    assert type(batch) is Batch
    assert all(torch.equal(t, torch.from_numpy(v)) for t, v in zip(batch.x, values, strict=True))
    assert batch.to(torch.device("meta")).x[0].device.type == "meta"


def test_what_becomes_of_a_field_does_not_depend_on_the_batch():
    alike = [Record(a=torch.zeros(2), b=torch.zeros(3))] * 2
    batch = collate(alike, ragged=["a"], pad={"b": 0})
    assert (type(batch.a), batch.b.shape, batch.b_mask.all().item()) == (list, (2, 3), True)


def test_fields_of_tuples_are_named_by_their_places():
    samples = [(torch.ones(2), torch.ones(1), 5), (torch.ones(1), torch.ones(3), 6)]
    (padded, mask), listed, numbers = collate(samples, ragged=["1"], pad={"0": -1})
    assert (padded.tolist(), mask.tolist()) == ([[1, 1], [1, -1]], [[True, True], [True, False]])
    assert ([len(t) for t in listed], numbers.tolist()) == ([1, 3], [5, 6])
    padded, _ = collate([torch.ones(1), torch.ones(2)], pad={"sample": 0})
    assert padded.tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("values", "fill", "message"),
    [
        ([torch.zeros(2), torch.zeros(2, 2)], 0, r"Tensor\(2,\) .* at 0, Tensor\(2, 2\) .* at 1"),
        ([torch.zeros(2), torch.zeros(2, dtype=torch.int64)], 0, "float32 at 0, .*int64 at 1"),
        ([torch.zeros(2, dtype=torch.uint8)] * 2, -1, "with -1 .*uint8"),
        (["a", "b"], 0, "its samples are str at 0"),
    ],
)
def test_what_cant_be_padded_names_field_kinds_and_samples(values, fill, message):
    with pytest.raises(ValueError, match=rf"field 'x' can't be stacked and padded.*{message}"):
        collate([Record(x=value) for value in values], pad={"x": fill})


@pytest.mark.parametrize("options", [{"ragged": ["imge"]}, {"pad": {"imge": 0}}])
def test_unknown_field_is_refused(options):
    with pytest.raises(ConfigError, match=r"unknown field 'imge' .* did you mean 'image'"):
        collate([Record(image=torch.zeros(2))], **options)


def ragged(index: int) -> Record:
    return Record(x=torch.arange(index % 4), boxes=np.ones((index % 3, 4)), index=index)


@pytest.mark.parametrize("world_size", [1, 3])
def test_ragged_batches_are_the_same_from_workers_and_for_ranks(world_size):
    def load(**options: Any) -> list[Any]:
        loader = DataLoader(
            FunctionDataset(ragged, 10),
            3,
            shuffle=True,
            collate_f=partial(collate, ragged=["boxes"], pad={"x": -1}),
            rank=world_size - 1,
            world_size=world_size,
            **options,
        )
        batches = [{name: str(value) for name, value in batch.items()} for batch in loader]
        loader.close()
        return batches

    assert load() == load(worker_count=2)


def test_datasets_that_batch_are_given_to_a_collate_function_by_samples():
    loader = DataLoader(ArrayDataset(x=range(4)), 2, collate_f=lambda s: [int(r.x) for r in s])
    assert list(loader) == [[0, 1], [2, 3]]


def test_joined_datasets_of_different_sizes():
    both = ArrayDataset(x=torch.zeros(2, 3)) + ArrayDataset(x=torch.ones(2, 5))
    with pytest.raises(ValueError, match=r"field 'x' .* Tensor\(3,\) .*, Tensor\(5,\) .*pad={'x'"):
        list(DataLoader(both, 4))
    (batch,) = DataLoader(both, 4, collate_f=partial(collate, pad={"x": 9}))
    assert batch.x.sum(1).tolist() == [18, 18, 5, 5]
