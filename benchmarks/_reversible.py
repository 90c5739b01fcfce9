"""What a reversible stack saves, and what it costs."""

from collections.abc import Callable
from functools import partial
from time import perf_counter

import torch
from torch import Tensor

from labwork.nn import IRevNetBlock, ReversibleSeq, Seq

from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("what", "what"),
    Column("ordinary", "ordinary", ".1f"),
    Column("reversible", "reversible", ".1f"),
    Column("ratio", "ratio", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
    Column("bar", "bar", ".1f"),
)

_SHAPE, _WIDTH = (8, 128, 16, 16), 64
_block = partial(IRevNetBlock, _WIDTH, kernel_sizes=(3, 3, 3), width_factors=(1, 1, 1))


def run(quick: bool) -> Table:
    """Measures activation memory at two depths, and times a step and its backward pass.

    Args:
        quick: a round of two blocks, instead of fifteen of eight.
    """
    rounds, depth = (1, 2) if quick else (15, 8)
    table = Table("reversible", "Reversible backpropagation through i-RevNet blocks", _COLUMNS)
    table.rows = [*_memory(), *_times(rounds, depth)]
    table.notes = [
        f"Blocks of three 3×3 convolutions of {_WIDTH} channels, images {_SHAPE}, one thread.",
        "Memory is that of what a forward pass keeps for the backward pass, without parameters.",
        f"Times are medians over {rounds} round(s) with {depth} blocks. A network is computed once"
        " more: with a backward pass that takes as long as two forward passes, the least ratio is"
        " 1.33 for a step and 1.5 for its backward pass.",
    ]
    return table


def _memory() -> list[tuple[object, ...]]:
    x = torch.randn(_SHAPE, requires_grad=True)
    depths = (8, 64)
    kept = {
        seq_f: [_kept_bytes(seq_f(*(_block() for _ in range(n))).build(_SHAPE), x) for n in depths]
        for seq_f in (Seq, ReversibleSeq)
    }
    rows: list[tuple[object, ...]] = []
    for i, depth in enumerate(depths):
        ordinary, reversible = kept[Seq][i] / 1e6, kept[ReversibleSeq][i] / 1e6
        rows.append(
            (f"MB of {depth} blocks", ordinary, reversible, reversible / ordinary, None, None)
        )
    growth = [kept[seq_f][1] / kept[seq_f][0] for seq_f in (Seq, ReversibleSeq)]
    return [*rows, ("growth of memory from 8 to 64 blocks", *growth, None, None, 1.1)]


def _kept_bytes(seq: Seq, x: Tensor) -> int:
    parameters = {p.untyped_storage().data_ptr() for p in seq.parameters()}
    kept = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = seq(x)
    bytes_kept = sum(storage.nbytes() for storage in kept.values())
    del y
    return bytes_kept


def _times(rounds: int, depth: int) -> list[tuple[object, ...]]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ordinary = Seq(*(_block() for _ in range(depth))).build(_SHAPE)
        pair = {"ordinary": ordinary, "reversible": ReversibleSeq(dict(ordinary.named_children()))}
        x = torch.randn(_SHAPE, requires_grad=True)
        backward: dict[str, list[float]] = {name: [] for name in pair}
        turns = {name: _turn(seq, x, backward[name]) for name, seq in pair.items()}
        steps = take_turns(turns, rounds)
    finally:
        torch.set_num_threads(threads)
    kept = {name: values[-rounds:] for name, values in backward.items()}
    return [_row("ms of a step", steps, 1.5), _row("ms of its backward pass", kept, 1.5)]


def _turn(seq: Seq, x: Tensor, backward: list[float]) -> Callable[[], float]:
    def turn() -> float:
        start = perf_counter()
        loss = seq(x).square().mean()
        middle = perf_counter()
        loss.backward()
        end = perf_counter()
        backward.append(end - middle)
        return end - start

    return turn


def _row(what: str, times: dict[str, list[float]], bar: float) -> tuple[object, ...]:
    ratios = paired_ratios(times["reversible"], times["ordinary"])
    medians = [1e3 * median(times[name]) for name in ("ordinary", "reversible")]
    return what, *medians, median(ratios), iqr(ratios), bar
