"""Labwork in the training loop: its loader alone, the bare trainer, and everything on."""

import sys
from functools import partial
from typing import Any

import rich.console
from torch.optim.lr_scheduler import StepLR

from labwork.data import ArrayDataset, DataLoader
from labwork.reporting import CSVHistory, LiveDisplay, Progress, Reporter, Sink
from labwork.runtime import Background
from labwork.training import Callback, CheckpointManager, ReportMetrics, SaveCheckpoints, Trainer

from ._pace import Contestant, Pace
from ._workload import Workload, digits

__all__ = ["LABWORK"]


class _Pacemaker(Callback):
    """Asks at the start of each epoch whether to go on."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def epoch_started(self, trainer: Trainer) -> None:
        if not self._pace.epoch():
            trainer.loop.interrupt()


def _train_by_hand(work: Workload, pace: Pace) -> None:
    model, loader = work.model(), _own_loader(work)
    optimizer = work.optimizer(model)
    while pace.epoch():
        for batch in loader:
            optimizer.zero_grad()
            loss = work.loss(model(batch.image), batch.label)
            loss.backward()
            optimizer.step()


def _train_bare(work: Workload, pace: Pace) -> None:
    _trainer(work, pace).train(work.loader())


def _train_with_torch_loader(work: Workload, pace: Pace) -> None:
    _train_with_everything(work, pace, work.loader())


def _train_with_own_loader(work: Workload, pace: Pace) -> None:
    _train_with_everything(work, pace, _own_loader(work))


def _train_with_everything(work: Workload, pace: Pace, loader: Any) -> None:
    schedule = partial(StepLR, step_size=10**6)  # stepped after each epoch, to no effect
    trainer, progress = _trainer(work, pace, lr_scheduler_f=schedule), Progress()
    with Background() as background:
        reporter = Reporter(_sinks(work, progress), background.submit)
        saver = SaveCheckpoints(
            CheckpointManager(work.folder / "checkpoints"),
            background,
            every=f"{work.checkpoint_every}ep",
            extra_state=lambda: {"reports": reporter.state_dict()},
        )
        trainer.callbacks.add(ReportMetrics(trainer, reporter, f"{work.log_every}it", progress))
        trainer.callbacks.add(saver)
        reporter.open()
        trainer.train(loader)
        reporter.close()


def _sinks(work: Workload, progress: Progress) -> dict[str, Sink]:
    # What is printed goes to a file here, where the display would not draw by itself.
    terminal = rich.console.Console(file=sys.stdout, force_terminal=True)
    history = CSVHistory(work.folder / "history.csv")
    return {"csv": history, "display": LiveDisplay(progress, terminal)}


def _trainer(work: Workload, pace: Pace, **settings: Any) -> Trainer:
    trainer = Trainer(
        work.model(),
        loss=work.loss,
        optimizer_f=work.optimizer,
        epoch_count=10**9,
        batch_size=work.batch_size,
        **settings,
    )
    trainer.callbacks.add(_Pacemaker(pace))
    return trainer


def _own_loader(work: Workload) -> DataLoader:
    images, labels = digits()
    return DataLoader(ArrayDataset(image=images, label=labels), work.batch_size, shuffle=True)


LABWORK = (
    Contestant("hand-written loop, Labwork's loader", _train_by_hand),
    Contestant("Labwork, bare", _train_bare),
    Contestant("Labwork, everything on", _train_with_torch_loader),
    Contestant("Labwork, everything on, Labwork's loader", _train_with_own_loader),
)
