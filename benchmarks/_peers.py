"""The hand-written loop and the peers, each as its own documentation would write it."""

from typing import Any

from torch import Tensor

from ._pace import Contestant, Pace
from ._workload import Workload

__all__ = ["HAND", "PEERS"]


def _train_by_hand(work: Workload, pace: Pace) -> None:
    model, loader = work.model(), work.loader()
    optimizer = work.optimizer(model)
    while pace.epoch():
        for images, labels in loader:
            optimizer.zero_grad()
            loss = work.loss(model(images), labels)
            loss.backward()
            optimizer.step()


def _train_with_accelerate(work: Workload, pace: Pace) -> None:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    model = work.model()
    model, optimizer, loader = accelerator.prepare(model, work.optimizer(model), work.loader())
    while pace.epoch():
        for images, labels in loader:
            optimizer.zero_grad()
            loss = work.loss(model(images), labels)
            accelerator.backward(loss)
            optimizer.step()


def _train_with_ignite(work: Workload, pace: Pace) -> None:
    from ignite.engine import Engine, Events, create_supervised_trainer

    model = work.model()
    engine = create_supervised_trainer(model, work.optimizer(model), work.loss)

    @engine.on(Events.EPOCH_STARTED)
    def start_epoch(engine: Engine) -> None:
        if not pace.epoch():
            engine.terminate()

    engine.run(work.loader(), max_epochs=10**9)


def _train_with_bare_lightning(work: Workload, pace: Pace) -> None:
    # `barebones` is Lightning's own switch for measuring its overhead: everything is off.
    _fit_with_lightning(work, pace, barebones=True)


def _train_with_lightning(work: Workload, pace: Pace) -> None:
    from lightning.pytorch.callbacks import ModelCheckpoint, TQDMProgressBar
    from lightning.pytorch.loggers import CSVLogger

    checkpoint = ModelCheckpoint(work.folder, every_n_epochs=work.checkpoint_every)
    logger = CSVLogger(work.folder, flush_logs_every_n_steps=10 * work.log_every)
    callbacks = [checkpoint, TQDMProgressBar()]
    _fit_with_lightning(
        work, pace, logger=logger, callbacks=callbacks, log_every_n_steps=work.log_every
    )


def _fit_with_lightning(work: Workload, pace: Pace, **settings: Any) -> None:
    import lightning

    class Digits(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = work.model()

        def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
            images, labels = batch
            loss = work.loss(self.model(images), labels)
            if "logger" in settings:
                self.log("loss", loss, prog_bar=True)
            return loss

        def configure_optimizers(self) -> Any:
            return work.optimizer(self.model)

        def on_train_epoch_start(self) -> None:
            self.trainer.should_stop = not pace.epoch()

    trainer = lightning.Trainer(accelerator="cpu", max_epochs=-1, **settings)
    trainer.fit(Digits(), work.loader())


HAND = Contestant("hand-written loop", _train_by_hand)

PEERS = (
    Contestant("Accelerate", _train_with_accelerate, "accelerate"),
    Contestant("Ignite", _train_with_ignite, "pytorch-ignite"),
    Contestant("Lightning, bare", _train_with_bare_lightning, "lightning"),
    Contestant("Lightning, everything on", _train_with_lightning, "lightning"),
)
