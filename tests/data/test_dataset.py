"""Datasets are held to what the same changes do to a list."""

import copy
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Dataset, FunctionDataset, Record, SampleRng, collate


class Change(NamedTuple):
    """One change, of a list and of a dataset."""

    of_list: Callable[[list[int]], list[int]]
    of_dataset: Callable[[Dataset], Dataset]


def arrays(numbers: list[int]) -> Dataset:
    return ArrayDataset(x=np.array(numbers, dtype=np.int64), info={"class_count": 3})


def functions(numbers: list[int]) -> Dataset:
    return FunctionDataset(
        lambda i: Record(x=torch.tensor(numbers[i])), len(numbers), {"class_count": 3}
    )


def add_one(record: Record) -> Record:
    return Record(x=record.x + 1)


def is_even(record: Record) -> bool:
    return record.x % 2 == 0


def shifted(record: Record, rng: SampleRng) -> Record:
    """Adds an even number, so that filters go on to keep what they keep of a list."""
    return Record(x=record.x + 2 * torch.from_numpy(rng.integers(1, 10**6, (1,)))[..., 0])


def negated(x: torch.Tensor) -> torch.Tensor:
    return -x


def added(x: torch.Tensor) -> Record:
    return Record(x=x + 1)


def summed(x: torch.Tensor, y: torch.Tensor) -> Record:
    return Record(x=x + y)


def counting(numbers: list[int]) -> Dataset:
    return arrays(list(range(len(numbers))))


def numbers_of(dataset: Dataset) -> list[int]:
    return [int(record.x) for record in dataset]


SOURCES = [arrays, functions]
MAP = [
    Change(lambda xs: [x + 1 for x in xs], lambda ds, b=batched: ds.map(add_one, batched=b))
    for batched in (False, True)
]
FILTER = Change(lambda xs: [x for x in xs if x % 2 == 0], lambda ds: ds.filter(is_even))
ITSELF = Change(lambda xs: xs + xs, lambda ds: ds + ds)
FIELDS = Change(lambda xs: xs, lambda ds: ds[:, ["x"]])
OTHERS = [
    Change(lambda xs: [-x for x in xs], lambda ds: ds.map_fields({"x": negated})),
    Change(lambda xs: [-x for x in xs], lambda ds: ds.map_fields(x=negated, batched=True)),
    Change(lambda xs: [x + 1 for x in xs], lambda ds: ds.map_unpack(added)),
    Change(lambda xs: xs, lambda ds: ds.filter_fields("x".__eq__)),
    Change(lambda xs: xs, lambda ds: ds.expand()),
    Change(lambda xs: 2 * xs, lambda ds: 2 * ds),
    Change(lambda xs: [], lambda ds: ds.repeat(0)),
    Change(lambda xs: [x for x in xs if x % 2 == 0], lambda ds: ds.filter_split(is_even)[0]),
    Change(lambda xs: [x for x in xs if x % 2], lambda ds: ds.filter_split(is_even)[1]),
    Change(lambda xs: xs[: len(xs) // 2], lambda ds: ds.split(index=len(ds) // 2)[0]),
    Change(lambda xs: xs, lambda ds: ds.split(ratio=0)[1]),
    Change(
        lambda xs: list(range(len(xs))),
        lambda ds: ds.enumerate("i").map_unpack(lambda x, i: Record(x=i)),
    ),
    Change(
        lambda xs: [2 * x for x in xs],
        lambda ds: ds.zip(ds.map_unpack(lambda x: Record(y=x))).map_unpack(summed),
    ),
    Change(
        lambda xs: [xs[i] for i in numbers_of(counting(xs).permute(3))],
        lambda ds: ds.permute(3),
    ),
    Change(
        lambda xs: [xs[i] for i in numbers_of(counting(xs).sample(len(xs) // 2, 5))],
        lambda ds: ds.sample(len(ds) // 2, seed=5),
    ),
    Change(
        lambda xs: [xs[i] for i in numbers_of(counting(xs).shuffle())],
        lambda ds: ds.shuffle(),
    ),
]
numbers = st.lists(st.integers(-100, 100), min_size=1, max_size=6)


@st.composite
def changes(draw: Any, length: int) -> Change:
    """A change that fits a dataset of ``length`` samples."""
    part = draw(st.slices(length))
    picked = draw(st.lists(st.integers(-length, length - 1))) if length else []
    mask = draw(st.lists(st.booleans(), min_size=length, max_size=length))
    more = draw(numbers)
    form = draw(st.sampled_from([list, lambda x: np.array(x, int), torch.LongTensor]))
    options = [
        *(*MAP, FILTER, ITSELF, FIELDS, *OTHERS),
        Change(lambda xs: xs[part], lambda ds: ds[part]),
        Change(lambda xs: [xs[i] for i in picked], lambda ds: ds[form(picked)]),
        Change(lambda xs: xs + more + xs, lambda ds: ds.join(arrays(more), ds)),
    ]
    if length:
        of_mask = Change(
            lambda xs: [x for x, keep in zip(xs, mask, strict=True) if keep],
            lambda ds: ds[np.array(mask)],
        )
        options.append(of_mask)
    return draw(st.sampled_from(options))


@given(st.sampled_from(SOURCES), numbers, st.data())
def test_chain_of_changes_does_what_it_does_to_a_list(source, expected, data):
    dataset = source(expected)
    for _ in range(data.draw(st.integers(1, 5))):
        change = data.draw(changes(len(expected)))
        before, dataset = dataset, change.of_dataset(dataset)
        assert numbers_of(before) == expected
        expected = change.of_list(expected)
        assert (len(dataset), numbers_of(dataset)) == (len(expected), expected)
        assert [int(dataset[i].x) for i in range(-len(expected), 0)] == expected
        assert dict(dataset.info) == {"class_count": 3}


@given(st.sampled_from(SOURCES), numbers, st.data())
def test_batch_of_any_chain_is_the_collated_samples(source, expected, data):
    dataset = source(expected)
    for _ in range(data.draw(st.integers(0, 4))):
        change = data.draw(changes(len(expected)) | st.none())
        change = change or Change(lambda xs: xs, lambda ds: ds.augment(shifted))
        dataset, expected = change.of_dataset(dataset), change.of_list(expected)
    dataset = dataset.at(seed=1, epoch=2)
    if len(dataset) == 0:
        return
    indices = data.draw(st.lists(st.integers(0, len(dataset) - 1), min_size=1, max_size=5))
    batch = dataset.get_batch(np.array(indices))
    assert batch.x.tolist() == collate([dataset.get(i) for i in indices]).x.tolist()
    together = dataset.__getitems__(indices)
    together = together if dataset.can_batch else collate(together)
    assert together.x.tolist() == batch.x.tolist()


def test_filter_looks_at_each_sample_once_and_map_when_fetched():
    seen: list[int] = []
    mapped = arrays([3, 4, 5]).map(lambda r: seen.append(int(r.x)) or r)
    assert seen == []
    kept = mapped.filter(is_even)
    assert seen == [3, 4, 5]
    assert int(kept[0].x) == seen[-1] == 4
    assert len(seen) == 4


def test_augmentation_is_fixed_by_seed_epoch_and_index():
    base = arrays([0] * 8).augment(shifted, batched=False)
    chain = base.map(add_one)[::-1].augment(shifted, batched=False) + base
    views = {(s, e): numbers_of(chain.at(s, e)) for s in (0, 5) for e in (0, 1)}
    assert len(set(map(tuple, views.values()))) == 4
    assert all(numbers_of(chain.at(s, e)) == values for (s, e), values in views.items())
    assert numbers_of(arrays([1]).at(3, 4)) == [1]
    plain = arrays([1, 2]).map(add_one)[::-1]
    assert plain.at(3, 4) is plain


def test_augmentations_of_a_chain_draw_different_numbers():
    first = numbers_of(arrays([0] * 4).augment(shifted, batched=False))
    both = numbers_of(arrays([0] * 4).augment(shifted, batched=False).augment(shifted))
    assert all(2 * one != two for one, two in zip(first, both, strict=True))


def test_parts_of_a_sum_draw_different_numbers():
    part = arrays([0] * 4).augment(shifted, batched=False)
    for joined in (part + part + part, part + (part + part), part.join(part, part)):
        for epoch in range(2):
            drawn = numbers_of(joined.at(seed=0, epoch=epoch))
            assert len(set(drawn)) == len(drawn) == 12


@pytest.mark.parametrize("index", [3, -4, 10**9])
def test_index_out_of_range_names_the_length(index):
    dataset = arrays([1, 2, 3])
    for key in (index, [index], (index, "x")):
        with pytest.raises(IndexError, match=f"index {index} is out of range .* 3 samples"):
            dataset[key]


@pytest.mark.parametrize("mask", [[True], [True] * 4, np.ones((3, 1), bool)])
def test_mask_of_another_length_is_refused(mask):
    with pytest.raises(IndexError, match=r"a mask of shape .* doesn't fit 3 samples"):
        arrays([1, 2, 3])[mask]


def test_arrays_need_one_length():
    with pytest.raises(ValueError, match=r"one length.*'x': 2, 'y': 3"):
        ArrayDataset(x=[1, 2], y=[1, 2, 3])
    with pytest.raises(ValueError, match="no fields"):
        ArrayDataset()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", 1], "must hold numbers or strings: it holds str, int"),
        (["a", None], "must hold numbers or strings: it holds str, NoneType"),
        ([["a"], ["b"]], "must hold numbers or strings: it holds list"),
        ([b"a"], "must hold numbers or strings: it holds bytes"),
        ([object()], "must hold numbers or strings: it holds object"),
        ([1, [2]], "must hold numbers or strings: setting an array element"),
        (3, "must have the samples in front, and is 3"),
        ("ab", "must have the samples in front, and is 'ab'"),
    ],
)
def test_arrays_hold_numbers_or_strings(values, message):
    with pytest.raises(ConfigError, match=f"^the field 'label' {message}"):
        ArrayDataset(image=[1, 2], label=values)


NAMES = ["cat.png", "", "čvor/b", "a"]
STRINGS = [NAMES, tuple(NAMES), np.array(NAMES)]
if hasattr(np.dtypes, "StringDType"):  # from NumPy 2
    STRINGS.append(np.array(NAMES, np.dtypes.StringDType()))


@pytest.mark.parametrize("values", STRINGS, ids=lambda values: str(type(values)))
def test_arrays_of_strings_are_listed(values):
    dataset = ArrayDataset(name=values, x=range(4))
    assert [record.name for record in dataset] == NAMES
    assert {type(record.name) for record in dataset} == {str}
    assert dataset.get_batch(np.array([2, 0])).name == [NAMES[2], NAMES[0]]
    chain = (dataset[::-1] + dataset).filter(lambda r: r.name)
    assert (
        chain.labels["name"].tolist()
        == [r.name for r in chain]
        == [*NAMES[:1:-1], NAMES[0]] + [name for name in NAMES if name]
    )
    assert pickle.loads(pickle.dumps(dataset))[0].name == NAMES[0]
    assert len(dataset.resample(balance="name", count=9, seed=0)) == 9


SCALARS = [int, np.int64, np.uint8, np.array, torch.tensor]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("scalar", SCALARS)
def test_whole_number_of_any_library_gives_a_sample(source, scalar):
    assert source([5, 6, 7])[scalar(2)] == Record(x=7)
    assert source([5, 6, 7])[scalar(2), scalar(0)] == Record(x=7)


FIELD_KEYS = [0, -1, np.int64(1), slice(1), slice(1, None), [0], [2, "x"], ("y",), "z", slice(0)]


@pytest.mark.parametrize("key", FIELD_KEYS, ids=repr)
def test_fields_of_samples_are_chosen_as_those_of_a_record(key):
    dataset = counting([0] * 3).map(lambda r: Record(x=r.x, y=r.x + 10, z=r.x + 20))
    keys = [key] if isinstance(key, str | int | np.integer) else key
    expected = [record[keys] for record in dataset]
    assert [*dataset[:, key]] == [dataset[i, key] for i in range(3)] == expected
    assert [*dataset[[2, 0], key]] == [expected[2], expected[0]]


def test_labels_of_fields_that_are_numbered_stay_known():
    dataset = ArrayDataset(x=[1, 2], y=[3, 4], z=[5, 6])
    assert {n: a.tolist() for n, a in dataset[1:, 1:].labels.items()} == {"y": [4], "z": [6]}


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda ds: ds[0, 7], "no field at 7; it has 1"),
        (lambda ds: ds[:, 1.5], "named, numbered, or listed so; 1.5 is no such thing"),
        (lambda ds: ds[0, [None]], "named, numbered, or listed so; None is no such thing"),
        (lambda ds: ds[0, 1, 2], r"not by 3 keys; .* dataset\[\[0, 2, 5\]\]"),
        (lambda ds: ds + [1], r"can't be joined with \[1\], .* FunctionDataset\("),  # noqa: RUF005
    ],
)
def test_what_is_no_key_and_no_dataset_is_told(use, message):
    with pytest.raises((TypeError, IndexError), match=message):
        use(arrays([1, 2, 3]))


def test_repr_reads_like_the_chain():
    chain = arrays([1, 2, 3]).map(add_one)[1:][[0]].filter(is_even)[::2].augment(shifted)
    assert repr(chain) == (
        "ArrayDataset(x=(3,)).map(add_one)[1:][[0]].filter(is_even)[::2].augment(shifted)"
    )
    assert repr(arrays([1])[0:, ["x"]]) == "ArrayDataset(x=(1,))[:, ['x']][0:]"
    joined = FunctionDataset(add_one, 2) + arrays([1])
    assert repr(joined) == "(FunctionDataset(add_one, 2) + ArrayDataset(x=(1,)))"


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda ds: pickle.loads(pickle.dumps(ds))])
def test_copies_travel_to_other_processes(duplicate):
    dataset = (arrays([1, 2, 3]).map(add_one)[1:] + arrays([7])).augment(shifted)
    twin = duplicate(dataset)
    assert (repr(twin), dict(twin.info)) == (repr(dataset), dict(dataset.info))
    assert numbers_of(twin.at(1, 2)) == numbers_of(dataset.at(1, 2))
