"""Laws of the loader, over a list of datasets; a new kind joins the list and is held to them."""

import multiprocessing
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader as TorchLoader
from torch.utils.data import Subset, TensorDataset

from labwork.core import ConfigError, Group, StateError
from labwork.data import (
    ArrayDataset,
    DataLoader,
    Dataset,
    FunctionDataset,
    RandomShift,
    Record,
    SampleRng,
    collate,
)

COUNT, BATCH = 11, 3
NUMPY = np.random.mtrand._rand  # what NumPy's module-level functions draw from


class Foreign:
    """A dataset as users have them, with ``__len__`` and ``__getitem__`` alone."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> tuple[int, float]:
        return index, random.random() + NUMPY.rand() + float(torch.rand(()))


def arrays(start: int = 0, stop: int = COUNT) -> Dataset:
    images = torch.arange(float(COUNT * 16)).reshape(COUNT, 1, 4, 4) + 1
    return ArrayDataset(index=range(start, stop), image=images[start:stop])


def add_fields(record: Record) -> Record:
    return record.join(Record(twice=record.index * 2, lazy_=lambda: record.index + 1))


def noisy(record: Record, rng: SampleRng) -> Record:
    noise = torch.from_numpy(rng.normal(size=(2,)))
    return record.join(Record(noise=noise), overwrite=True)


def careless(record: Record) -> Record:
    """Draws from the global generators, as users' functions do."""
    drawn = [random.random(), NUMPY.rand(), NUMPY.randn(), *torch.rand(2).tolist()]
    count = len(record.index) if record.index.ndim else 0
    return record.join(Record(drawn=torch.tensor([drawn] * count if count else drawn)))


def from_index(index: int) -> Record:
    return Record(index=index, drawn=random.gauss(0, 1), other_=lambda: NUMPY.rand())


# Kinds in which what a sample is depends on (seed, epoch, index) alone, and random ones of them.
BY_SAMPLE: dict[str, Callable[[], Any]] = {
    "arrays": arrays,
    "mapped by samples": lambda: arrays().map(add_fields),
    "mapped by batches": lambda: arrays().map(add_fields, batched=True),
    "chosen": lambda: arrays().filter(lambda r: r.index >= 0)[::-1],
    "joined arrays": lambda: arrays(0, 4) + arrays(4),
    "tensors of PyTorch": lambda: TensorDataset(torch.arange(COUNT), torch.rand(COUNT, 2)),
}
RANDOM: dict[str, Callable[[], Any]] = {
    "augmented by batches": lambda: arrays().augment(RandomShift(1)),
    "augmented by samples": lambda: arrays().augment(noisy).map(add_fields),
    "augmented twice": lambda: arrays().augment(RandomShift(1)).augment(noisy, batched=True),
    "augmented and joined": lambda: arrays(0, 6).augment(noisy) + arrays(6).augment(noisy),
    "made by a careless function": lambda: FunctionDataset(from_index, COUNT),
    "changed by a careless function": lambda: arrays().map(careless),
    "foreign": Foreign,
}
BY_BATCH: dict[str, Callable[[], Any]] = {
    "changed by a careless function of batches": lambda: arrays().map(careless, batched=True),
    "subset of PyTorch": lambda: Subset(Foreign(), range(COUNT)),
}
ALL = BY_SAMPLE | RANDOM | BY_BATCH


def every_kind(kinds: dict[str, Callable[[], Any]]) -> Any:
    return pytest.mark.parametrize("make", kinds.values(), ids=kinds)


def load(dataset: Any, **options: Any) -> DataLoader:
    return DataLoader(dataset, **{"batch_size": BATCH, "shuffle": True, "seed": 7} | options)


def plain(value: Any) -> Any:
    """A batch as plain data, bit by bit comparable."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.tolist()
    if isinstance(value, Record):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def batches(loader: DataLoader, epochs: int = 1) -> list[Any]:
    return [plain(batch) for _ in range(epochs) for batch in loader]


def order(loader: DataLoader) -> list[int]:
    """The indices of the samples of the loader's next epoch."""
    return [int(index) for batch in loader for index in batch[0]]


def by_index(loader: DataLoader) -> dict[int, Any]:
    """What each sample of the loader's next epoch is."""
    samples = {}
    for batch in loader:
        fields = list(batch)
        for row, index in enumerate(fields[0].tolist()):
            samples[index] = [plain(field[row]) for field in fields]
    return samples


def global_states() -> str:
    return repr([random.getstate(), NUMPY.get_state(), torch.get_rng_state().tolist()])


@every_kind(ALL)
def test_epoch_covers_each_sample_once_in_an_order_of_its_own(make):
    loader, again, other = load(make()), load(make()), load(make(), seed=8)
    orders = [order(loader) for _ in range(3)]
    assert all(sorted(seen) == list(range(COUNT)) for seen in orders)
    assert len(set(map(tuple, orders))) == 3
    assert [order(again) for _ in range(3)] == orders
    assert order(other) not in orders
    assert [len(b[0]) for b in loader] == [3, 3, 3, 2]
    assert len(loader) == 4


@every_kind(ALL)
def test_seed_repeats_everything_whatever_the_global_generators_hold(make):
    dataset = make()
    expected = batches(load(dataset), epochs=2)
    random.random(), NUMPY.rand(), torch.rand(1)
    assert batches(load(dataset), epochs=2) == expected


@every_kind(ALL)
@pytest.mark.parametrize(
    "workers", [1, pytest.param(2, marks=pytest.mark.slow)], ids=lambda n: f"{n} workers"
)
def test_workers_change_nothing_wherever_it_starts_and_stops(make, workers):
    dataset = make()
    expected = batches(load(dataset), epochs=3)
    before = global_states()
    loader = load(dataset, worker_count=workers)
    seen: list[Any] = []
    for batch in loader:
        seen.append(plain(batch))
        if len(seen) == 2:
            break
    assert loader.state_dict() == {"seed": 7, "epoch": 0, "position": 2}
    with pytest.warns(UserWarning, match="left at batch 2 of 4"):
        seen += batches(loader, epochs=2)
    assert seen == expected[:8]
    loader.seek(epoch=2, position=1)
    assert batches(loader) == expected[9:]
    loader.seek(epoch=0, position=3)
    assert batches(loader) == expected[3:4]
    assert global_states() == before


@every_kind(ALL)
def test_iterating_leaves_the_global_generators_alone(make):
    loader, before = load(make()), global_states()
    for _ in loader:
        assert global_states() == before
    assert global_states() == before


@every_kind(ALL)
def test_after_a_seek_comes_the_rest_of_the_uninterrupted_epoch(make):
    dataset = make()
    expected = [batches(load(dataset), epochs=2)[4 * e : 4 * e + 4] for e in range(2)]
    for epoch in range(2):
        for position in range(5):
            loader = load(dataset)
            loader.seek(epoch, position)
            assert batches(loader) == expected[epoch][position:]
            assert loader.state_dict() == {"seed": 7, "epoch": epoch + 1, "position": 0}


@every_kind(ALL)
def test_state_taken_anywhere_goes_on_there(make):
    dataset = make()
    expected = batches(load(dataset), epochs=2)
    walker, states = load(dataset), []
    for _ in range(2):
        states.extend(walker.state_dict() for _ in walker)
    for given, state in enumerate(states, start=1):
        loader = Group(data=load(dataset))
        loader.load_state_dict({"data": state})
        rest = [plain(batch) for _ in range(state["epoch"], 2) for batch in loader["data"]]
        assert rest == expected[given:]


@every_kind(BY_SAMPLE | RANDOM)
def test_sample_depends_on_neither_batch_size_nor_order(make):
    dataset = make()
    expected = by_index(load(dataset))
    for options in ({"batch_size": 1}, {"batch_size": 100}, {"shuffle": False}):
        assert by_index(load(dataset, **options)) == expected


@every_kind(RANDOM)
def test_samples_differ_between_epochs_and_seeds_and_from_each_other(make):
    loader, other = load(make()), load(make(), seed=8)
    views = [by_index(loader), by_index(loader), by_index(other)]
    for one, two in ((0, 1), (0, 2), (1, 2)):
        assert sum(views[one][i] == views[two][i] for i in range(COUNT)) < COUNT / 2
    drawn = [repr(fields[1:]) for fields in views[0].values()]
    assert len(set(drawn)) == COUNT


@every_kind(BY_SAMPLE)
def test_unshuffled_samples_come_as_they_stand(make):
    dataset = make()
    stored = [int(dataset[i][0]) for i in range(COUNT)]
    loader = load(dataset, shuffle=False)
    assert order(loader) == order(loader) == stored


class Counting:
    """Notes in shared memory how often each sample was read, by any process."""

    def __init__(self, count: int) -> None:
        self.reads = torch.zeros(count, dtype=torch.int64).share_memory_()

    def __len__(self) -> int:
        return len(self.reads)

    def __getitem__(self, index: int) -> int:
        self.reads[index] += 1
        return index


@pytest.mark.parametrize("workers", [0, 2])
def test_seek_reads_no_sample_that_is_not_used(workers):
    dataset = Counting(50)
    loader = load(dataset, worker_count=workers)
    loader.seek(epoch=10**6, position=10)
    assert dataset.reads.sum() == 0
    used = sorted(int(index) for batch in loader for index in batch)
    assert len(used) == 50 - 10 * BATCH
    assert dataset.reads.nonzero().flatten().tolist() == used
    assert dataset.reads.max() == 1


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_read_ahead_no_further_than_asked(workers):
    dataset = Counting(200)
    loader = load(dataset, batch_size=1, worker_count=workers, prefetch_count=3)
    next(iter(loader))
    loader.seek(5)
    assert dataset.reads.sum() <= 1 + workers * 3 + workers


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"batch_size": 1}, [[0], [1], [2], [3], [4]]),
        ({"batch_size": 2}, [[0, 1], [2, 3], [4]]),
        ({"batch_size": 2, "drop_last": True}, [[0, 1], [2, 3]]),
        ({"batch_size": 5, "drop_last": True}, [[0, 1, 2, 3, 4]]),
        ({"batch_size": 99}, [[0, 1, 2, 3, 4]]),
        ({"collate_f": list, "batch_size": 3}, [[0, 1, 2], [3, 4]]),
    ],
)
def test_batches_have_the_size_asked_for(options, expected):
    loader = load(Counting(5), shuffle=False, **options)
    assert len(loader) == len(expected)
    assert [[int(i) for i in batch] for batch in loader] == expected
    assert [[int(i) for i in batch] for batch in loader] == expected


@pytest.mark.parametrize(
    ("count", "options"),
    [
        *[(0, {}), (0, {"drop_last": True}), (2, {"drop_last": True})],
        *[(5, {"batch_size": 0}), (5, {"batch_size": -1})],
    ],
)
def test_epoch_without_a_batch_is_refused(count, options):
    with pytest.raises(ConfigError, match=f"an epoch of {count} samples in batches of .* no batch"):
        load(Counting(count), **options)


def test_state_of_another_seed_is_refused():
    with pytest.raises(StateError, match="seed is 7, the state's 8"):
        load(arrays()).load_state_dict(load(arrays(), seed=8).state_dict())


def test_closing_ends_the_workers_and_iterating_starts_new_ones():
    dataset = arrays().augment(RandomShift(1))
    expected = batches(load(dataset), epochs=2)
    before = set(multiprocessing.active_children())
    loader = load(dataset, worker_count=1)
    stopped_on_the_way = iter(loader)
    seen = [plain(next(stopped_on_the_way))]
    for rest in (1, 1):
        assert len(set(multiprocessing.active_children()) - before) == 1
        loader.close()
        loader.close()
        assert set(multiprocessing.active_children()) <= before
        loader.seek(loader.epoch, loader.position)
        seen += batches(loader, rest)
    assert seen == expected
    loader.close()


def fails(record: Any) -> Any:
    """Fails at sample 5, alone, in a batch, or when it is computed."""
    index = record if isinstance(record, int) else record.index
    if np.any(np.asarray(index) == 5):
        raise ZeroDivisionError("a pixel is missing")
    return Record(index=index)


FAILING: dict[str, Callable[[], Any]] = {
    "made by a function": lambda: FunctionDataset(fails, COUNT),
    "mapped by samples": lambda: arrays().map(fails),
    "mapped by batches": lambda: arrays().map(fails, batched=True),
    "joined": lambda: arrays(0, 4) + arrays(4).map(fails),
    "lazy": lambda: arrays().map(lambda r: Record(index=r.index, lazy_=lambda: fails(r).index)),
    "of another shape": lambda: FunctionDataset(lambda i: Record(i=torch.zeros(i // 5)), 10),
}


@every_kind(FAILING)
@pytest.mark.parametrize("workers", [0, 1])
def test_error_names_the_sample_and_the_dataset(make, workers):
    dataset = make()
    loader = load(dataset, shuffle=False, worker_count=workers)
    with pytest.raises((ZeroDivisionError, ValueError)) as caught:
        list(loader)
    loader.close()
    told = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert "a pixel is missing" in told or "can't be stacked" in told
    assert re.search(rf"samples? [\[\d, ]*5[\d, \]]* of {re.escape(repr(dataset))}", told)
    assert "can't be stacked" in told or f" sample 5 of {dataset!r}" in told
    assert ("in field 'lazy'" in told) == (make is FAILING["lazy"])
    assert loader.state_dict() == {"seed": 7, "epoch": 0, "position": 1}


def test_closing_after_an_error_ends_the_workers_while_the_error_is_told():
    before = set(multiprocessing.active_children())
    loader = load(arrays().map(fails), worker_count=1)
    with pytest.raises(ZeroDivisionError):
        list(loader)
    loader.close()
    assert set(multiprocessing.active_children()) <= before


def leave_by_break(loader: DataLoader) -> None:
    for _ in loader:
        break


LEFT: dict[str, Callable[[DataLoader], Any]] = {
    "break": leave_by_break,
    "next": lambda loader: next(iter(loader)),
    "zip": lambda loader: list(zip(range(1), loader, strict=False)),
}


@pytest.mark.parametrize("leave", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("count", [1, 2, 4])
def test_iterating_after_an_iteration_that_was_left_goes_on_and_says_so(leave, count):
    expected = batches(load(arrays()))
    loader = load(arrays())
    loader.seek(0, count - 1)
    leave(loader)
    given_out = loader.position
    assert given_out >= count
    told = rf"left at batch {given_out} of 4, .* loader\.seek\(0\) begins the epoch anew"
    with pytest.warns(UserWarning, match=told) as caught:
        assert batches(loader) == expected[given_out:]
    assert caught[0].filename == __file__
    leave(loader)
    loader.seek(0)
    assert batches(loader) == expected


@pytest.mark.parametrize("move", ["seek", "load_state_dict"])
def test_going_on_where_it_was_moved_to_is_no_reason_to_warn(move):
    expected = batches(load(arrays()))
    loader = load(arrays())
    next(iter(loader))
    if move == "seek":
        loader.seek(loader.epoch, loader.position)
    else:
        loader.load_state_dict(loader.state_dict())
    assert batches(loader) == expected[1:]


def test_torch_loader_takes_any_dataset_with_our_collate():
    for dataset in (arrays(), arrays().map(add_fields), arrays().augment(RandomShift(1))):
        theirs = TorchLoader(dataset.at(7, 0), BATCH, collate_fn=collate)
        assert [plain(b) for b in theirs] == batches(load(dataset, shuffle=False))


def test_samples_that_are_dicts_become_a_dict_of_tensors_as_in_torch():
    samples = [{"x": torch.full((2,), i), "y": {"z": i, "name": str(i)}} for i in range(COUNT)]
    theirs = [*TorchLoader(samples, BATCH)]
    for workers in (0, 1):
        loader = load(samples, shuffle=False, worker_count=workers)
        for ours, other in zip(loader, theirs, strict=True):
            assert list(ours) == ["x", "y"]
            assert Record(ours) == Record(other)
        loader.close()
