"""What datasets and the loader cost where nothing has to be decoded."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader as TorchDataLoader
from torch.utils.data import TensorDataset

from labwork.data import ArrayDataset, Batch, DataLoader, Dataset, PackedDataset, pack

from ._peak_memory import peak_memory
from ._photos import Photos
from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("what", "what"),
    Column("value", "value", ".2f"),
    Column("unit", "unit"),
    Column("quartiles", "quartiles", ".2f"),
    Column("bar", "bar"),
)
_BATCH_SIZE = 128
_MILLION = 1_000_000
_PACK = """
import sys
from labwork.data import pack
pack(sys.argv[1], sys.argv[2])
"""


def run(quick: bool) -> Table:
    """Times loading from memory, lazy changes, and packed files.

    Args:
        quick: small numbers and one round, which say little.
    """
    rounds = 1 if quick else 15
    torch.set_num_threads(1)  # with more, what shows on a busy machine is how long they wait
    table = Table("data", "Datasets and the loader", _COLUMNS)
    table.rows += _memory_rows(1000 if quick else 50_000, rounds)
    table.rows += _chain_rows(rounds)
    with TemporaryDirectory() as name:
        table.rows.append(_labels_row(Path(name), _MILLION // 100 if quick else _MILLION, rounds))
        table.rows.append(_packing_row(Path(name), 100 if quick else 10_000))
    table.notes = [
        f"Medians over {rounds} round(s); ratios are taken within a round of turns.",
        f"In memory: uint8, batches of {_BATCH_SIZE}, shuffled, no workers, one thread.",
        "The chain: three permutations, four slices, two repetitions, a join. Mapping an index is"
        " getting a sample from a source whose samples are their numbers.",
        "Memory while packing is that of all processes; what they share counts once.",
    ]
    return table


def _memory_rows(count: int, rounds: int) -> list[tuple[object, ...]]:
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(count) % 10
    ours = DataLoader(ArrayDataset(image=images, label=labels), _BATCH_SIZE, shuffle=True)
    theirs = TorchDataLoader(TensorDataset(images, labels), _BATCH_SIZE, shuffle=True)
    turns: dict[str, Callable[[], float]] = {
        "ours": partial(stopwatch, partial(_exhaust, ours)),
        "limit": partial(stopwatch, partial(_index, images, labels)),
        "theirs": partial(stopwatch, partial(_exhaust, theirs)),
    }
    times = take_turns(turns, rounds)
    bars = {"limit": "≥ 0.8", "theirs": "≥ 1.4"}
    names = {"limit": "indexing by a permutation (the limit)", "theirs": "`DataLoader`, tensors"}
    what = f"{count:,} × 3×32×32 in memory, against "
    ratios = {key: paired_ratios(times[key], times["ours"]) for key in bars}
    return [
        (what + names[key], median(ratios[key]), "×", iqr(ratios[key]), bar)
        for key, bar in bars.items()
    ]


def _exhaust(batches: Any) -> None:
    for _ in batches:
        pass


def _index(images: torch.Tensor, labels: torch.Tensor) -> None:
    for rows in torch.randperm(len(images)).split(_BATCH_SIZE):
        images.index_select(0, rows), labels.index_select(0, rows)


class _Numbers(Dataset):
    """A million samples that cost nothing: their numbers."""

    can_batch = True
    runs_code = False

    def __len__(self) -> int:
        return _MILLION

    def get(self, index: int) -> int:
        return index

    def get_batch(self, indices: Any) -> Batch:
        return Batch(index=indices)

    def __repr__(self) -> str:
        return "Numbers()"


def _chain_rows(rounds: int) -> list[tuple[object, ...]]:
    build = [1e3 * stopwatch(_chain) for _ in range(rounds + 1)][1:]
    chain = _chain()
    places = np.random.default_rng(0).integers(0, len(chain), 800 * _BATCH_SIZE)
    numbers = places.tolist()
    ways = {
        "an index mapped": lambda: [chain.get(number) for number in numbers],
        "an index mapped, in batches": lambda: [
            chain.get_batch(part) for part in places.reshape(-1, _BATCH_SIZE)
        ],
    }
    times = take_turns({way: partial(stopwatch, run) for way, run in ways.items()}, rounds)
    what = f"ten lazy changes of {_MILLION:,} samples"
    rows: list[tuple[object, ...]] = [(f"{what}: built", median(build), "ms", iqr(build), "< 10")]
    for way, seconds in times.items():
        micros = [1e6 * second / len(places) for second in seconds]
        rows.append((f"{what}: {way}", median(micros), "µs", iqr(micros), "1"))
    return rows


def _chain() -> Dataset:
    """Ten changes, none of which computes anything yet."""
    some = _Numbers().permute(1)[1000:][::2] * 3
    return (some[:_MILLION].permute(2)[::-1] + _Numbers()).repeat(2)[5:].permute(3)


def _labels_row(folder: Path, count: int, rounds: int) -> tuple[object, ...]:
    path = folder / "labels.hdf5"
    pack(ArrayDataset(label=np.arange(count) % 1000), path)
    times = [1e3 * stopwatch(lambda: PackedDataset(path).labels["label"]) for _ in range(rounds)]
    what = f"a packed set of {count:,} opened, and its labels"
    return what, median(times), "ms", iqr(times), "< 50"


def _packing_row(folder: Path, count: int) -> tuple[object, ...]:
    photos = Photos(folder / "photos", count)
    peak = peak_memory(_PACK, str(photos.list), str(folder / "photos.hdf5"))
    return f"peak memory while packing {count:,} photos", peak, "MB", None, "< 300"
