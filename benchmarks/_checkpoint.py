"""How long training stands still for a checkpoint."""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from labwork.runtime import Background
from labwork.training import CheckpointManager, OptimizerMaker, SaveCheckpoints, Trainer

from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("what", "what training waits for"),
    Column("milliseconds", "ms", ".1f"),
    Column("ratio", "ratio to the copy", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
)

_CLONE = "copy of the tensors"


def run(quick: bool) -> Table:
    """Times the stall of the training thread for saving a state of 100 MB.

    Args:
        quick: 1 MB, once.
    """
    megabytes, rounds = (1, 1) if quick else (100, 15)
    with TemporaryDirectory() as folder, Background() as background:
        turns = _turns(_state(megabytes), Path(folder), background)
        times = take_turns(turns, rounds)
    table = Table("checkpoint", f"Stall for a checkpoint of {megabytes} MB", _COLUMNS)
    for name, seconds in times.items():
        ratios = paired_ratios(seconds, times[_CLONE])
        table.rows.append((name, 1e3 * median(seconds), median(ratios), iqr(ratios)))
    table.notes.append(
        f"Medians over {rounds} round(s). Before each turn the disk is at rest, and free memory "
        "is returned to the system."
    )
    return table


def _state(megabytes: int) -> dict[str, Tensor]:
    return {f"layer{i}": torch.randn(4, 250, 250) for i in range(megabytes)}


def _turns(
    state: dict[str, Tensor], folder: Path, background: Background
) -> dict[str, Callable[[], float]]:
    trainer = _trainer(state)
    manager = CheckpointManager(folder / "foreground")
    saver = SaveCheckpoints(CheckpointManager(folder / "background"), background)
    return {
        _CLONE: _timed(lambda: {name: tensor.clone() for name, tensor in state.items()}),
        "`torch.save`": _timed(lambda: torch.save(state, folder / "state.pt")),
        "Labwork in the foreground, durable": _timed(
            lambda: manager.save(trainer.state_dict(), step=0)
        ),
        "Labwork": _timed(lambda: saver.save(trainer), then=background.wait),
    }


def _timed(
    save: Callable[[], object], then: Callable[[], object] = lambda: None
) -> Callable[[], float]:
    """A turn that times ``save`` alone, and leaves disk and memory alike for the next one."""

    def turn() -> float:
        seconds = stopwatch(save)
        then()
        os.sync()
        _return_free_memory()
        return seconds

    return turn


def _trainer(state: dict[str, Tensor]) -> Trainer:
    return Trainer(
        nn.ParameterDict(state),
        loss=nn.functional.cross_entropy,
        optimizer_f=OptimizerMaker(torch.optim.SGD, lr=0.1),
        epoch_count=1,
        batch_size=1,
    )


def _return_free_memory() -> None:
    # Fresh pages cost several times as much as the copy itself, so nobody may inherit pages.
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
