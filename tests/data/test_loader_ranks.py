"""What loaders give to processes that train together."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import ArrayDataset, DataLoader, FunctionDataset, Record


def numbers(count: int) -> ArrayDataset:
    return ArrayDataset(x=range(count))


@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 7), st.booleans())
def test_shares_of_a_batch_make_up_the_batch_and_are_alike(count, size, ranks, drop_last):
    options = {"shuffle": True, "seed": 2, "drop_last": drop_last}
    if size < ranks or (drop_last and count < size):
        return
    whole = DataLoader(numbers(count), size, **options)
    loaders = [
        DataLoader(numbers(count), size, rank=rank, world_size=ranks, **options)
        for rank in range(ranks)
    ]
    assert {len(loader) for loader in loaders} == {len(whole)}
    for batch, *shares in zip(whole, *loaders, strict=True):
        assert torch.cat([share.x for share in shares]).tolist() == batch.x.tolist()
        sizes = [len(share.x) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert [loader.state_dict() for loader in loaders] == [whole.state_dict()] * ranks


@given(st.integers(0, 8), st.integers(1, 4), st.integers(1, 4))
def test_number_of_ranks_may_change_on_the_way(stop, before, after):
    def loaders(ranks: int) -> list[DataLoader]:
        return [
            DataLoader(numbers(33), 4, shuffle=True, rank=rank, world_size=ranks)
            for rank in range(ranks)
        ]

    def walk(ranks: list[DataLoader]) -> Any:
        for shares in zip(*ranks, strict=True):
            yield torch.cat([share.x for share in shares]).tolist()

    (expected,) = ([batch.x.tolist() for batch in loader] for loader in loaders(1))
    first, second = loaders(before), loaders(after)
    seen = [batch for batch, _ in zip(walk(first), range(stop), strict=False)]
    for loader in second:
        loader.load_state_dict({"seed": 0, "epoch": 0, "position": stop})
    assert seen + list(walk(second)) == expected


EMPTY = {
    "arrays": ArrayDataset(image=torch.zeros(3, 1, 2, 2), label=[1, 2, 3]),
    "records": FunctionDataset(lambda i: Record(image=torch.zeros(2), name=str(i)), 3),
    "tuples": [(torch.zeros(2), "a", 1.5)] * 3,
    "tensors": torch.zeros(3, 5),
}


@pytest.mark.parametrize("dataset", EMPTY.values(), ids=EMPTY)
@pytest.mark.parametrize("workers", [0, 1])
def test_batch_of_no_samples_has_all_fields(dataset, workers):
    full, empty = (
        next(iter(DataLoader(dataset, 2, rank=1, world_size=n, worker_count=workers, shuffle=True)))
        if n == 2
        else _last(DataLoader(dataset, 2, rank=0, world_size=2, worker_count=workers))
        for n in (2, 1)
    )
    assert type(full) is type(empty)
    parts = zip(full, empty, strict=True) if not torch.is_tensor(full) else [(full, empty)]
    for some, none in parts:
        assert (len(some), len(none)) == (1, 0)
        if torch.is_tensor(some):
            assert (some.dtype, some.shape[1:]) == (none.dtype, none.shape[1:])


def _last(loader: DataLoader) -> Any:
    *_, last = loader
    loader.close()
    return last


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rank": 2, "world_size": 2}, "rank=2 must be from 0 to 1"),
        ({"rank": -1}, "rank=-1 must be from 0 to 0"),
        ({"world_size": 0}, "takes world_size of 1 or more, not 0"),
        ({"world_size": 5}, "a batch of 4 samples can't be shared by 5 ranks; batch_size counts"),
        ({"worker_count": -1}, "takes worker_count of 0 or more, not -1"),
        ({"prefetch_count": 0}, "takes prefetch_count of 1 or more, not 0"),
    ],
)
def test_what_cant_be_shared_is_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        DataLoader(numbers(8), 4, **options)


RANK = """
import sys, torch
from torch import distributed
from labwork.data import ArrayDataset, DataLoader, batch_size

place, rank, ranks, count, workers = sys.argv[1], *map(int, sys.argv[2:])
distributed.init_process_group("gloo", f"file://{place}", rank=rank, world_size=ranks)
loader = DataLoader(ArrayDataset(x=range(count)), 4, shuffle=True, rank=rank, world_size=ranks,
                    worker_count=workers)
for epoch in range(2):
    seen = torch.zeros(count, dtype=torch.int64)
    for batch in loader:
        reduced = torch.zeros(count, dtype=torch.int64).index_add_(
            0, batch.x, torch.ones_like(batch.x))
        distributed.all_reduce(reduced)
        seen += reduced
        assert reduced.sum() in (4, count % 4), reduced
    assert seen.tolist() == [1] * count, seen
loader.close()
distributed.destroy_process_group()
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("count", "workers"), [(11, 0), (9, 1)])
def test_ranks_that_reduce_at_each_step_see_each_sample_once(tmp_path: Path, count, workers):
    """9 samples in batches of 4: in the last step two of three ranks have none."""
    meeting = tmp_path / "meeting"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(meeting), *map(str, (rank, 3, count, workers))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(3)
    ]
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert (output, process.returncode) == ("done\n", 0), errors
