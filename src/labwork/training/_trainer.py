"""Trainer: a whole learning algorithm."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR, ReduceLROnPlateau

from labwork.core import Callbacks, ConfigError, Every, Group, Node, check_counts
from labwork.data import Batch, DataLoader, Dataset
from labwork.nn import require_built
from labwork.runtime import RandomState, select_device
from labwork.training._finite import require_finite
from labwork.training._gradient import GradientUpdate
from labwork.training._loop import EpochLoop
from labwork.training._metrics import ClassificationAccuracy, MeanLoss, Metric
from labwork.training._steps import supervised_eval_step, supervised_step

__all__ = ["Trainer"]

Step = Callable[[Any, Any], Any]

_MOST_EVAL_LOADERS = 8  # kept for their workers, which take time to start


class Trainer(Node):
    """A whole learning algorithm: a model and how it learns, is evaluated and is fed.

    The state is that of the model, the optimizer, the schedule, the loop's counters, the random
    generators, accumulated gradients, extensions and callbacks: all that going on exactly takes.

    Args:
        model: the network, built; it is moved to ``device``.
        loss: (L) takes the model's output and the label and gives losses, which are averaged.
        batch_size: (L) samples in a training batch.
        jitter: (L) ``(record, rng) -> record``, applied to training samples; see
            ``Dataset.augment``.
        train_step: (L) what is done with a training batch: ``(trainer, batch) -> Record``.
        extension_fs: (L) each is called with the trainer and gives a part that may have a state,
            and reacts to events if it has methods named for them; see ``Callback``.
        optimizer_f: (O) takes the model and gives the optimizer, such as an ``OptimizerMaker``.
        epoch_count: (O) epochs in the whole training.
        lr_scheduler_f: (O) takes the optimizer and gives a scheduler of PyTorch's. It is also
            given, where it has parameters of these names, ``epoch_count`` or ``epochs``,
            ``steps_per_epoch``, and ``update_count`` or ``total_steps``, the optimizer's steps in
            the whole training.
        lr_every: (O) when the scheduler steps; ``it`` counts the optimizer's steps. By default
            the factory's attribute ``every``, else after each epoch.
        accumulation_count: (O) batches for each step of the optimizer.
        clip_norm: (O) the largest norm of the gradient, or None.
        on_nonfinite: (O) ``stop``, ``skip`` or ``ignore`` losses that are NaN or infinite.
        metric_fs: (E) make the metrics; the first one tells which checkpoint is best.
        eval_step: (E) what is done with a batch in evaluation.
        eval_batch_size: (E) samples in an evaluation batch; by default ``batch_size``.
        data_loader_f: (D) makes loaders: ``(dataset, batch_size=…, shuffle=…, seed=…, …)``.
        worker_count: (D) workers that fetch batches for a loader; they change no result.
        worker_kind: (D) whether workers are processes or threads; see ``DataLoader``.
        seed: what the order of the samples and their augmentation are derived from.
        device: where the model is and the batches go; see ``select_device``.

    E, L, O and D are the components: evaluation (doesn't affect training), learning,
    optimization and data.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        loss: Callable[[Any, Any], Tensor],
        optimizer_f: Callable[[nn.Module], Optimizer],
        epoch_count: int,
        batch_size: int,
        jitter: Callable[..., Any] | None = None,
        train_step: Step = supervised_step,
        extension_fs: Sequence[Callable[["Trainer"], Any]] = (),
        lr_scheduler_f: Callable[..., Any] | None = None,
        lr_every: Every | str | None = None,
        accumulation_count: int = 1,
        clip_norm: float | None = None,
        on_nonfinite: Literal["stop", "skip", "ignore"] = "stop",
        metric_fs: Sequence[Callable[[], Metric]] = (ClassificationAccuracy, MeanLoss),
        eval_step: Step = supervised_eval_step,
        eval_batch_size: int | None = None,
        data_loader_f: Callable[..., Any] = DataLoader,
        worker_count: int = 0,
        worker_kind: Literal["process", "thread"] = "process",
        seed: int = 0,
        device: str | torch.device = "cpu",
    ) -> None:
        check_counts(self, batch_size=batch_size, accumulation_count=accumulation_count)
        check_counts(self, 0, epoch_count=epoch_count, worker_count=worker_count, seed=seed)
        _check_callable(loss=loss, optimizer_f=optimizer_f, train_step=train_step)
        _check_callable(eval_step=eval_step, data_loader_f=data_loader_f)
        _check_callable(**{f"metric_fs[{i}]": f for i, f in enumerate(metric_fs)})
        if jitter is not None:
            _check_callable(jitter=jitter)
        if lr_scheduler_f is not None:
            _check_callable(lr_scheduler_f=lr_scheduler_f)
        self._device = select_device(device)
        self.model = model.to(self._device)
        self.loss = _move_loss(loss, self._device)
        self.optimizer = _make_optimizer(optimizer_f, model)
        self.update = GradientUpdate(
            self.optimizer,
            accumulation_count=accumulation_count,
            clip_norm=clip_norm,
            on_nonfinite=on_nonfinite,
            step=lambda: self.loop.step,
        )
        self.lr_scheduler: Any = None
        self.random = RandomState()
        self.loop = EpochLoop(self._train_batch, subject=self)
        self.epoch_count, self.batch_size = epoch_count, batch_size
        self.seed = seed
        self.jitter, self.metric_fs = jitter, tuple(metric_fs)
        self._train_step, self._eval_step = train_step, eval_step
        self._eval_batch_size = eval_batch_size or batch_size
        self._accumulation_count = accumulation_count
        self._lr_scheduler_f = lr_scheduler_f
        self._lr_every = _schedule_of(lr_scheduler_f, lr_every)
        self._data_loader_f = data_loader_f
        self._worker_count, self._worker_kind = worker_count, worker_kind
        self._data: Any = None
        self._loader: Any = None
        self._eval_loaders: dict[int, Any] = {}
        self.callbacks.add(_FinishEpoch(), "finish_epoch")
        if self._lr_every.unit == "it":
            self.callbacks.add(_StepSchedule(self), "step_schedule")
        self.extensions = self._make_extensions(extension_fs)

    @property
    def callbacks(self) -> Callbacks:
        """What reacts to the training's events; see ``Callback``."""
        return self.loop.callbacks

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self._device

    @property
    def loader(self) -> Any:
        """The loader of the training data, once ``prepare`` made it."""
        return self._loader

    def make_metrics(self) -> Group:
        """New metrics, by name."""
        return Group(**_by_name("metric", [(m.name, m) for m in (f() for f in self.metric_fs)]))

    def main_metric(self) -> tuple[str, bool]:
        """The name of the first metric, or an empty one, and whether higher values are better."""
        metric = next(iter(self.make_metrics().values()), None)
        return (metric.name, metric.higher_is_better) if metric else ("", True)

    def prepare(self, data: Any) -> None:
        """Makes the loader of the training data and the schedule, which depends on its length.

        To be called before a state is loaded; ``train`` does it where it wasn't done.

        Args:
            data: a ``Dataset``, or a loader that is ready, which is then used as it is.
        """
        self._data = data
        self._loader = self._make_loader(data) if isinstance(data, Dataset) else data
        if not hasattr(self._loader, "__len__"):
            raise ConfigError(f"{type(data).__name__} has no length; a training needs to know it")
        if self._lr_scheduler_f is not None:
            self.lr_scheduler = self._make_scheduler(self._lr_scheduler_f, len(self._loader))

    def train(self, data: Any = None) -> None:
        """Trains until ``epoch_count`` epochs are completed, or until the loop is terminated.

        Args:
            data: a ``Dataset`` or a loader; not needed after ``prepare``.

        Raises:
            NonFiniteError: where a loss isn't finite and ``on_nonfinite`` is ``stop``.
        """
        if data is not None and data is not self._data:
            self.prepare(data)
        if self._loader is None:
            raise ConfigError("train() needs data: train(dataset), or prepare(dataset) before it")
        self.model.train()
        self.loop.run(self._loader, self.epoch_count)

    def evaluate(self, data: Any, split: str = "test") -> dict[str, float]:
        """The metrics' values over ``data``; raises the event ``evaluated``.

        The model is in evaluation mode meanwhile. Afterwards its modules are in the modes that
        they were in, and the global generators in the states, so it has no effect on training.

        Args:
            data: a ``Dataset`` or a loader.
            split: what the data is called in reports.
        """
        metrics = self.make_metrics()
        loop = EpochLoop(lambda batch: self._eval_batch(batch, metrics), subject=self)
        loop.callbacks.add(_EvaluationEvents())
        loader = self._eval_loader(data)
        self.callbacks.call("evaluation_started", self, split, loader)
        with _evaluating(self.model):
            loop.run(loader)
        results = {name: float(metrics[name].compute()) for name in metrics}
        self.history.add(split, epoch=self.loop.epoch, step=self.loop.step, values=results)
        self.callbacks.call("evaluated", self, split, results)
        return results

    def close(self) -> None:
        """Ends the workers of its loaders; training or evaluating again starts new ones."""
        for loader in [self._loader, *self._eval_loaders.values()]:
            if hasattr(loader, "close"):
                loader.close()

    def check_finite(self) -> None:
        """Makes sure that the state is one to go on from.

        Raises:
            NonFiniteError: where a loss or a parameter is NaN or infinite.
        """
        self.update.guard.take_check()()
        require_finite(dict(self.model.named_parameters()), self.loop.step)

    def _train_batch(self, batch: Any) -> Any:
        return self._train_step(self, self._to_device(batch))

    def _eval_batch(self, batch: Any, metrics: Group) -> Any:
        result = self._eval_step(self, self._to_device(batch))
        for metric in metrics.values():
            metric.update(result)
        return result

    def _to_device(self, batch: Any) -> Any:
        if self._device.type == "cpu":
            return batch
        return _move(batch, self._device)

    def _make_extensions(self, factories: Sequence[Callable[["Trainer"], Any]]) -> Group:
        extensions = _by_name("extension", [(_name(f), f(self)) for f in factories])
        for name, extension in extensions.items():
            self.callbacks.add(extension, name, has_state=False)  # the group keeps it
        return Group(**extensions)

    def _make_loader(self, data: Dataset) -> Any:
        jittered = data.augment(self.jitter) if self.jitter else data
        return self._make_data_loader(jittered, batch_size=self.batch_size, shuffle=True)

    def _eval_loader(self, data: Any) -> Any:
        if not isinstance(data, Dataset):
            return data
        if id(data) not in self._eval_loaders:
            if len(self._eval_loaders) == _MOST_EVAL_LOADERS:
                self._eval_loaders.pop(next(iter(self._eval_loaders)))
            loader = self._make_data_loader(data, batch_size=self._eval_batch_size, shuffle=False)
            self._eval_loaders[id(data)] = loader
        return self._eval_loaders[id(data)]

    def _make_data_loader(self, data: Dataset, **settings: Any) -> Any:
        if self._worker_count:
            settings["worker_count"] = self._worker_count
        if self._worker_kind != "process":
            settings["worker_kind"] = self._worker_kind
        if self._device.type == "cuda":
            settings["pin_memory"] = True
        return self._data_loader_f(data, seed=self.seed, **settings)

    def _make_scheduler(self, factory: Callable[..., Any], steps_per_epoch: int) -> Any:
        updates_per_epoch = -(-steps_per_epoch // self._accumulation_count)
        offered: Mapping[str, int] = {
            "epoch_count": self.epoch_count,
            "steps_per_epoch": steps_per_epoch,
            "update_count": self.epoch_count * updates_per_epoch,
            "epochs": self.epoch_count,  # these two are what OneCycleLR calls them
            "total_steps": self.epoch_count * updates_per_epoch,
        }
        wanted = inspect.signature(factory).parameters.keys() - getattr(factory, "keywords", {})
        scheduler = factory(self.optimizer, **{k: v for k, v in offered.items() if k in wanted})
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ConfigError("ReduceLROnPlateau needs a score at each step, which isn't offered")
        return scheduler


class _FinishEpoch:
    """What the trainer itself does after an epoch: it ends the window and steps the schedule."""

    def epoch_completed(self, trainer: Trainer) -> None:
        trainer.update.finish_window()
        if trainer.lr_scheduler is not None and trainer._lr_every.is_due_at_epoch(
            trainer.loop.epoch
        ):
            trainer.lr_scheduler.step()


class _StepSchedule:
    """Steps a schedule that counts the optimizer's steps; comes after what ends the window."""

    def __init__(self, trainer: Trainer) -> None:
        self._every = trainer._lr_every
        self._updates = trainer.update.count

    def started(self, trainer: Trainer) -> None:
        self._updates = trainer.update.count

    def step_completed(self, trainer: Trainer, result: Any) -> None:
        if trainer.update.count != self._updates:
            self._updates = trainer.update.count
            if trainer.lr_scheduler is not None and self._every.is_due_at_step(self._updates):
                trainer.lr_scheduler.step()

    def epoch_completed(self, trainer: Trainer) -> None:
        self.step_completed(trainer, None)


class _EvaluationEvents:
    """Makes the steps of an evaluation events of the trainer."""

    def step_completed(self, trainer: Trainer, result: Any) -> None:
        trainer.callbacks.call("evaluation_step_completed", trainer, result)


def _check_callable(**values: Any) -> None:
    for name, value in values.items():
        if not callable(value):
            raise ConfigError(f"{name}={value!r} must be callable")


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, with everything as it was afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    random = RandomState().state_dict()
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        RandomState().load_state_dict(random)


def _move(batch: Any, device: torch.device) -> Any:
    """A batch of tensors, records, mappings, tuples and lists, with its tensors on ``device``."""
    if isinstance(batch, Batch | Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        return {name: _move(part, device) for name, part in batch.items()}
    if isinstance(batch, tuple | list):
        parts = [_move(part, device) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    return batch


def _move_loss(loss: Any, device: torch.device) -> Any:
    if not isinstance(loss, nn.Module):
        return loss
    if any(parameter.requires_grad for parameter in loss.parameters()):
        raise ConfigError("the loss has parameters that no optimizer changes; put it in the model")
    return loss.to(device)


def _make_optimizer(factory: Callable[[nn.Module], Optimizer], model: nn.Module) -> Optimizer:
    function = getattr(factory, "func", factory)
    if isinstance(function, type) and issubclass(function, Optimizer):
        name = function.__name__
        raise ConfigError(
            f"optimizer_f takes the model, but {name} takes parameters; write"
            f" OptimizerMaker({name}, lr=…)"
        )
    require_built(model)
    return factory(model)


def _schedule_of(factory: Any, every: Every | str | None) -> Every:
    function = getattr(factory, "func", factory)
    if every is None:
        by_updates = function in (OneCycleLR, CyclicLR)
        every = getattr(function, "every", "1it" if by_updates else "1ep")
    return Every.of(every)


def _by_name(kind: str, named: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in named]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"there are two {kind}s called {', '.join(twice)}; they need other names")
    return dict(named)


def _name(factory: Callable[..., Any]) -> str:
    function = getattr(factory, "func", factory)
    return str(getattr(function, "__name__", type(function).__name__))
