"""Laws of samplers, over a list of them; a new kind joins the list and is held to them."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils import data as torch_samplers

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    Bucketed,
    ClassBalanced,
    DataLoader,
    Dataset,
    FunctionDataset,
    Record,
    Sampler,
    Sequential,
    Shuffled,
    Weighted,
)
from labwork.data._rng import epoch_permutation
from labwork.data._samplers._computed_permutation import ComputedPermutation

COUNT = 23
LENGTHS = [(7 * i) % 13 for i in range(COUNT)]
DATA = ArrayDataset(index=range(COUNT), label=[i % 5 == 0 for i in range(COUNT)], length=LENGTHS)


class Backwards(Sampler):
    """One of a user's."""

    def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Any:
        return np.arange(len(dataset))[::-1]


EACH_ONCE: dict[str, Sampler] = {
    "sequential": Sequential(),
    "shuffled": Shuffled(),
    "bucketed": Bucketed("length"),
    "bucketed in small pools": Bucketed(LENGTHS, pool=2),
    "a user's": Backwards(),
}
DRAWN: dict[str, Sampler] = {
    "weighted": Weighted([float(i % 3) for i in range(COUNT)]),
    "weighted by a label": Weighted("length", count=10),
    "balanced": ClassBalanced("label"),
    "balanced by an array": ClassBalanced(DATA.labels["label"], count=40),
}
ALL = EACH_ONCE | DRAWN


def every(samplers: dict[str, Sampler]) -> Any:
    return pytest.mark.parametrize("sampler", samplers.values(), ids=samplers)


def load(sampler: Sampler, dataset: Dataset = DATA, **options: Any) -> DataLoader:
    return DataLoader(dataset, **{"batch_size": 4, "seed": 3, "sampler": sampler} | options)


def batches(loader: DataLoader, epochs: int = 1) -> list[list[int]]:
    return [batch.index.tolist() for _ in range(epochs) for batch in loader]


def flat(parts: Iterable[list[int]]) -> list[int]:
    return list(chain.from_iterable(parts))


@every(ALL)
def test_length_is_the_number_of_batches_and_of_samples(sampler):
    for drop_last in (False, True):
        loader = load(sampler, drop_last=drop_last)
        seen = batches(loader)
        assert len(seen) == len(loader)
        assert {len(batch) for batch in seen[:-1]} == {4}
        count = sampler.count(DATA)
        assert sum(map(len, seen)) == (count - count % 4 if drop_last else count)


@every(ALL)
def test_order_is_a_function_of_seed_and_epoch(sampler):
    first, again = load(sampler), load(sampler, worker_count=1)
    expected = batches(first, epochs=3)
    again.seek(epoch=2, position=1)
    per_epoch = len(first)
    assert batches(again) == expected[2 * per_epoch + 1 :]
    again.seek(epoch=0)
    assert batches(again, epochs=3) == expected
    again.close()


@every({name: s for name, s in ALL.items() if name not in ("sequential", "a user's")})
def test_epochs_and_seeds_have_orders_of_their_own(sampler):
    loader = load(sampler)
    orders = [batches(loader), batches(loader), batches(load(sampler, seed=4))]
    assert len({repr(order) for order in orders}) == 3


@every(EACH_ONCE)
@pytest.mark.parametrize("batch_size", [1, 4, COUNT, 100])
def test_each_sample_comes_once(sampler, batch_size):
    for epoch in batches(load(sampler, batch_size=batch_size)), batches(load(sampler)):
        assert sorted(flat(epoch)) == list(range(COUNT))


@every(ALL)
def test_ranks_share_the_batches_of_one_process(sampler):
    whole = batches(load(sampler))
    ranks = [batches(load(sampler, rank=rank, world_size=3)) for rank in range(3)]
    assert [flat(parts) for parts in zip(*ranks, strict=True)] == whole


@every(ALL)
def test_evaluation_takes_samples_as_they_stand(sampler):
    assert flat(batches(load(sampler, shuffle=False))) == list(range(COUNT))


def test_shuffle_means_shuffled():
    expected = batches(load(Shuffled()))
    assert batches(DataLoader(DATA, 4, shuffle=True, seed=3)) == expected
    assert flat(expected) == epoch_permutation(3, 0, COUNT).tolist()


@given(st.integers(1, 2000), st.integers(0, 2**64 - 1))
def test_computed_permutation_has_each_number_once(length, key):
    order = ComputedPermutation(key, length)
    whole = order[0:length]
    assert len(order) == length
    assert sorted(whole.tolist()) == list(range(length))
    start = length // 3
    assert order[start : start + 7].tolist() == whole[start : start + 7].tolist()


@given(st.integers(0, 2**64 - 1))
def test_computed_permutation_mixes(key):
    length = 5000
    order = ComputedPermutation(key, length)[0:length]
    steps, places = np.diff(order), np.arange(length)
    assert np.sum(order == places) < 12
    assert len(np.unique(steps)) > length / 2
    assert abs(np.corrcoef(order, places)[0, 1]) < 0.08


def test_epoch_of_more_samples_than_memory_begins_anywhere():
    huge = FunctionDataset(lambda i: Record(index=i), 2**45)
    loader = DataLoader(huge, 8, shuffle=True)
    seen = []
    for position in (0, 1, 2**41, len(loader) - 1):
        loader.seek(epoch=9, position=position)
        seen += next(iter(loader)).index.tolist()
    assert len(set(seen)) == len(seen) == 32
    assert max(seen) > 2**43 > min(seen)


def test_weights_are_proportions():
    weights = [0.0, 1.0, 3.0, 0.0]
    loader = load(Weighted(weights, 8000), ArrayDataset(index=range(4)), batch_size=8000)
    seen = Counter(batches(loader)[0])
    assert set(seen) == {1, 2}
    assert 2.7 < seen[2] / seen[1] < 3.3


def test_classes_are_equally_likely_and_no_sample_is_read():
    def read(index: int) -> Record:
        raise AssertionError("a sample was read")

    label = np.array(["cat"] * 90 + ["dog"] * 9 + ["owl"])
    dataset = FunctionDataset(read, 100).append_labels({"label": label})
    order = ClassBalanced("label", 9000).order(dataset, 4, seed=0, epoch=0)
    seen = Counter(label[order].tolist())
    assert set(seen) == {"cat", "dog", "owl"}
    assert all(2700 < count < 3300 for count in seen.values())


@every({name: s for name, s in ALL.items() if "balanced" in name or "bucketed" in name})
def test_augmentation_keeps_the_labels_to_draw_by(sampler):
    augmented = DATA.augment(lambda r, rng: r).augment(lambda r, rng: r)
    assert batches(load(sampler, augmented)) == batches(load(sampler))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200), st.integers(1, 9), st.integers(1, 5))
def test_buckets_hold_each_sample_once_and_like_lengths(lengths, batch_size, pool):
    dataset = ArrayDataset(index=range(len(lengths)))
    sampler = Bucketed(lengths, pool)
    order = np.asarray(sampler.order(dataset, batch_size, seed=1, epoch=2))
    assert sorted(order.tolist()) == list(range(len(lengths)))
    full = len(lengths) // batch_size
    if pool >= full:  # one pool: no two full batches overlap by more than their ends
        cut = order[: full * batch_size].reshape(full, batch_size)
        ranges = sorted((min(row), max(row)) for row in np.asarray(lengths)[cut].tolist())
        assert all(one[1] <= two[0] for one, two in pairwise(ranges))


def test_buckets_pad_less_and_come_in_random_order():
    lengths = torch.randint(1, 100, (640,), generator=torch.Generator().manual_seed(0))
    dataset = ArrayDataset(index=range(640), length=lengths)

    def padding(sampler: Sampler) -> int:
        parts = [lengths[torch.tensor(b)] for b in batches(load(sampler, dataset, batch_size=16))]
        return sum(int((part.max() - part).sum()) for part in parts)

    assert padding(Bucketed("length", pool=10)) < padding(Shuffled()) / 3
    longest = [
        int(lengths[torch.tensor(b)].max()) for b in batches(load(Bucketed("length"), dataset))
    ]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))


def test_samples_that_are_dropped_are_no_longer_than_others():
    lengths = list(range(10))
    dataset = ArrayDataset(index=range(10))
    dropped = set()
    for epoch in range(60):
        loader = load(Bucketed(lengths), dataset, batch_size=3, drop_last=True)
        loader.seek(epoch)
        dropped |= set(range(10)) - set(flat(batches(loader)))
    assert dropped == set(range(10))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: load(Weighted([1.0, 2.0])), r"weights of shape \(2,\) don't fit 23 samples"),
        (lambda: load(Weighted([-1.0] * COUNT)), "finite numbers from 0"),
        (lambda: load(Weighted([0.0] * COUNT)), "not all of them 0"),
        (lambda: load(Weighted("lenght")), "unknown label 'lenght'.* did you mean 'length'"),
        (lambda: load(Weighted("length", 0)), "count=0"),
        (lambda: load(ClassBalanced("labl")), "unknown label 'labl'.* did you mean 'label'"),
        (lambda: load(ClassBalanced(np.zeros((COUNT, 2)))), "names no classes"),
        (lambda: load(ClassBalanced([0, 1])), "don't fit 23 samples"),
        (lambda: load(ClassBalanced(), [1, 2, 3]), "label 'label' in .*1, 2, 3"),
        (lambda: load(Bucketed([1, 2])), r"lengths of shape \(2,\) don't fit 23 samples"),
        (lambda: load(Bucketed("length", pool=0)), "pool=0"),
        (lambda: load(Bucketed("len")), "did you mean 'length'"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_sample_is_read(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


class Custom(torch_samplers.RandomSampler):
    """A sampler of a user's, as those of PyTorch are."""


THEIRS: dict[str, tuple[Any, str]] = {
    "random": (torch_samplers.RandomSampler(range(3)), r"the same is done by Shuffled\(\)"),
    "sequential": (torch_samplers.SequentialSampler(range(3)), r"Sequential\(\)$"),
    "subset": (torch_samplers.SubsetRandomSampler([1]), r"dataset\[indices\] as the dataset"),
    "weighted": (torch_samplers.WeightedRandomSampler([1.0], 1), r"Weighted\(weights, count\)"),
    "ranks": (torch_samplers.DistributedSampler(range(3), 2, 0), "rank=… and world_size=…"),
    "batches": (torch_samplers.BatchSampler(range(3), 2, False), "batch_size=… and drop_last=…"),
    "custom": (Custom(range(3)), r"Shuffled\(\)"),
    "list": ([2, 0, 1], r"subclass labwork\.data\.Sampler, with order\(\)"),
}


@pytest.mark.parametrize(("sampler", "ours"), THEIRS.values(), ids=THEIRS)
def test_sampler_of_another_kind_is_refused_with_the_one_that_does_the_same(sampler, ours):
    with pytest.raises(ConfigError, match=f"is no sampler of labwork.data, .*{ours}"):
        load(sampler)


def test_order_of_another_length_is_refused():
    class Short(Sampler):
        def order(self, dataset: Any, batch_size: int, seed: int, epoch: int) -> Any:
            return range(3)

        def __repr__(self) -> str:
            return "Short()"

    with pytest.raises(ConfigError, match=r"Short\(\) ordered 3 samples, not 23"):
        list(load(Short()))


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (Sequential(), "Sequential()"),
        (Shuffled(), "Shuffled()"),
        (Weighted("length", 5), "Weighted('length', 5)"),
        (ClassBalanced(), "ClassBalanced('label')"),
        (Bucketed("length"), "Bucketed('length', pool=100)"),
    ],
)
def test_repr_is_what_was_written(sampler, expected):
    assert repr(sampler) == expected
    assert expected in repr(load(sampler)) or expected == "Sequential()"
