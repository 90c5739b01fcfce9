"""Laws of zipped loaders."""

from itertools import islice
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError, Group, StateError
from labwork.data import ArrayDataset, Batch, DataLoader, Record, SampleRng, ZipLoader, batch_size
from labwork.training import EpochLoop


def noisy(record: Record, rng: SampleRng) -> Record:
    return record.join(Record(noise=torch.from_numpy(rng.uniform(size=(1,)))), overwrite=True)


def part(count: int, size: int, **options: Any) -> DataLoader:
    return DataLoader(
        ArrayDataset(x=range(count)).augment(noisy),
        size,
        **{"shuffle": True, "seed": count} | options,
    )


def parts(**options: Any) -> list[DataLoader]:
    """Of 4, 2 and 7 batches, with a batch size for each."""
    return [part(7, 2, **options), part(4, 3, **options), part(7, 1, **options)]


def plain(batches: Any) -> Any:
    return [[(batch.x.tolist(), batch.noise.tolist()) for batch in group] for group in batches]


def epochs(loader: ZipLoader, count: int) -> list[Any]:
    return [group for _ in range(count) for group in plain(loader)]


CHOICES = {0: 4, 1: 2, 2: 7, "shortest": 2, "longest": 7}


@pytest.mark.parametrize(("primary", "length"), CHOICES.items())
def test_epoch_is_one_of_the_primary_loader(primary, length):
    loader = ZipLoader(parts(), primary)
    assert len(loader) == length
    assert [len(list(loader)) for _ in range(3)] == [length] * 3
    assert loader.state_dict() == {"seeds": [7, 4, 7], "epoch": 3, "position": 0}


@pytest.mark.parametrize("primary", CHOICES)
def test_each_loader_gives_its_own_epochs_one_after_the_other(primary):
    loader = ZipLoader(parts(), primary)
    seen = list(zip(*epochs(loader, 3), strict=True))
    for own, alone in zip(seen, parts(), strict=True):
        forever = (batch for _ in range(30) for batch in alone)
        assert [list(own)] == plain([islice(forever, len(own))])


@pytest.mark.parametrize("primary", CHOICES)
@pytest.mark.parametrize("workers", [0, 1])
def test_state_taken_anywhere_goes_on_there(primary, workers):
    expected = epochs(ZipLoader(parts(), primary), 2)
    walker = ZipLoader(parts(), primary)
    states = [walker.state_dict() for _ in range(2) for _ in walker]
    loader = ZipLoader(parts(worker_count=workers), primary)
    for given_out in sorted({1, len(loader) - 1, len(loader), len(loader) + 1}):
        state = states[given_out - 1]
        Group(data=loader).load_state_dict({"data": state})
        assert epochs(loader, 2 - state["epoch"]) == expected[given_out:]
    loader.close()


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), min_size=1, max_size=3), st.data())
def test_where_it_stands_is_a_function_of_epoch_and_position(sizes, data):
    def make() -> ZipLoader:
        return ZipLoader([part(count, size) for count, size in sizes], "longest")

    loader, moved = make(), make()
    place = data.draw(st.integers(0, 2 * len(loader) - 1))
    expected = epochs(loader, 2)
    moved.seek(*divmod(place, len(loader)))
    assert plain([next(iter(moved))]) == [expected[place]]


def test_loop_goes_on_where_it_stopped():
    seen: list[Any] = []
    loop = EpochLoop(lambda batches: seen.append(plain([batches])[0]))
    loop.run(ZipLoader(parts(), 0), 2)
    expected, state = seen.copy(), None

    def stop(batches: Any) -> None:
        seen.append(plain([batches])[0])
        if len(seen) == 5:
            stopped.interrupt()

    seen.clear()
    stopped = EpochLoop(stop)
    stopped.run(ZipLoader(parts(), 0), 2)
    state = stopped.state_dict()
    loop = EpochLoop(lambda batches: seen.append(plain([batches])[0]))
    loop.load_state_dict(state)
    loop.run(ZipLoader(parts(), 0), 2)
    assert seen == expected


def test_names_make_a_batch_that_moves_as_one():
    loader = ZipLoader({"labelled": part(4, 2), "unlabelled": part(9, 3)}, "labelled")
    (batch, _) = loader
    assert type(batch) is Batch
    assert (len(batch.labelled.x), len(batch.unlabelled.x)) == (2, 3)
    assert batch.to(torch.device("meta")).unlabelled.x.device.type == "meta"
    assert batch_size(batch) == batch_size(tuple(batch)) == loader.batch_size == 2


def test_equal_loaders_are_demanded():
    assert len(ZipLoader([part(6, 3), part(2, 1)], "equal")) == 2
    with pytest.raises(ConfigError, match="as many batches, but they have 4, 2, 7"):
        ZipLoader(parts(), "equal")


@pytest.mark.parametrize("primary", ["long", 3, -1, True, None, 1.5])
def test_unknown_primary_is_refused(primary):
    with pytest.raises(ConfigError, match="is none of 0, 1, 2, 'shortest', 'longest', 'equal'"):
        ZipLoader(parts(), primary)


def test_nothing_to_zip_is_refused():
    with pytest.raises(ConfigError, match="needs a loader"):
        ZipLoader([])


def test_state_of_other_seeds_is_refused():
    state = ZipLoader(parts()).state_dict()
    with pytest.raises(StateError, match=r"seeds are \[7\], the state's \[7, 4, 7\]"):
        ZipLoader([part(7, 2)]).load_state_dict(state)


def test_ranks_share_each_loaders_batches():
    whole = [[sorted(b.x.tolist()) for b in group] for group in ZipLoader(parts(), 0)]
    both = [ZipLoader([part(8, 4, rank=r, world_size=2) for _ in "ab"]) for r in range(2)]
    assert len(whole) == 4
    for groups in zip(*both, strict=True):
        assert all(len(batch.x) == 2 for group in groups for batch in group)
