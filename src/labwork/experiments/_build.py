"""From a spec to an experiment that is ready to run, or to the scores of one that ran."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from torch import nn

from labwork.config import differences, escape_references, read_yaml
from labwork.core import ConfigError, RunError, describe
from labwork.experiments._data_factory import get_prepared_data_for_trainer
from labwork.experiments._experiment import Experiment
from labwork.experiments._model_factory import get_model, get_model_f
from labwork.experiments._params import load_params
from labwork.experiments._run_directory import Resume, RunDirectory
from labwork.experiments._source import Source
from labwork.experiments._spec import ExperimentSpec, Schedules
from labwork.experiments._splits import divide
from labwork.experiments._trainer_factory import get_trainer
from labwork.runtime import make_deterministic, seed_all, select_device
from labwork.training import CheckpointManager, Trainer

__all__ = ["build_experiment", "evaluate_run"]

Origin = Callable[[str], str]

_KEYS = {  # what the keys of a file are called on the command line
    "data": "DATA",
    "input_adapter": "INPUT_ADAPTER",
    "model": "MODEL",
    "trainer": "TRAINER",
    "metrics": "--metrics",
    "params": "--params",
    "device": "--device",
}


def build_experiment(
    spec: ExperimentSpec,
    experiments: Path,
    *,
    resume: Resume = None,
    origin: Origin | None = None,
    command: Sequence[str] | None = None,
    trust_hub: bool = False,
) -> Experiment:
    """The experiment that ``spec`` describes, ready to run.

    Args:
        spec: what it is made of. A seed or a schedule that it leaves open is that of the run that
            is resumed, else 0 and after each epoch.
        experiments: the directory of all experiments.
        resume: see ``RunDirectory``.
        origin: where a key of the spec was written, for messages; by default on the command line.
        command: the command, for the provenance.
        trust_hub: whether a model's code may come from the network; see ``get_model``.

    Raises:
        ConfigError: where a part is wrong.
        RunError: where ``resume`` doesn't fit what is there.
    """
    directory = RunDirectory(spec.path(experiments), resume)
    directory.check()
    spec = _completed(spec, _frozen(directory))
    parts = _Parts(spec, origin, trust_hub)
    data, trainer = parts.make()
    if spec.params and not directory.goes_on:
        load_params(trainer.model, parts.source("params"))
    return Experiment(
        directory.path,
        trainer,
        data,
        resume=resume,
        config={**spec.plain(), "resolved": parts.resolved},
        command=command,
        tensorboard=spec.tensorboard,
        keep_recent=spec.keep.recent,
        keep_best=spec.keep.best,
        **{f"{name}_every": when for name, when in asdict(spec.every).items()},
    )


def evaluate_run(
    spec: ExperimentSpec,
    experiments: Path,
    *,
    which: Literal["last", "best"] = "last",
    origin: Origin | None = None,
    notify: Callable[[str], None] = lambda line: None,
    trust_hub: bool = False,
) -> tuple[int, dict[str, dict[str, float]]]:
    """Evaluates a checkpoint of the run on all data but the training data.

    Args:
        spec: what the run is made of.
        experiments: the directory of all experiments.
        which: the newest or the best checkpoint.
        origin: where a key of the spec was written, for messages.
        notify: called with one line where a broken checkpoint is passed over.
        trust_hub: whether a model's code may come from the network; see ``get_model``.

    Returns:
        the step of the checkpoint, and the metrics by data set.

    Raises:
        RunError: where there is no run.
        CheckpointError: where no checkpoint can be loaded.
    """
    directory = RunDirectory(spec.path(experiments))
    if not directory.holds_run:
        raise RunError(f"there is no run to test in {directory.path}; train it first")
    frozen = _frozen(directory)
    spec = _completed(spec, frozen)
    parts = _Parts(spec, origin, trust_hub)
    data, trainer = parts.make()
    _check_model(frozen, {**parts.resolved, "trainer": {"model": trainer.config["model"]}})
    manager = CheckpointManager(
        directory.checkpoints,
        "resume_or_start",
        higher_is_better=trainer.main_metric()[1],
        notify=notify,
    )
    checkpoint = manager.load(which, ["model"])
    _load_into(trainer.model, checkpoint.state["model"], checkpoint.path)
    splits = divide(data)
    chosen = {**splits.watched, **splits.final}
    return checkpoint.step, {name: trainer.evaluate(d, name) for name, d in chosen.items()}


class _Parts:
    """Makes the parts of an experiment, and keeps what they were made of."""

    def __init__(self, spec: ExperimentSpec, origin: Origin | None, trust_hub: bool) -> None:
        self._spec, self._origin, self._trust_hub = spec, origin, trust_hub
        self.resolved: dict[str, Any] = {}

    def make(self) -> tuple[dict[str, Any], Trainer]:
        spec = self._spec
        seed = spec.seed or 0
        make_deterministic()
        seed_all(seed)
        source = self.source("data")
        data = get_prepared_data_for_trainer(source)
        return data, self._make_trainer(_training_data(data, source.place()), seed)

    def _make_trainer(self, train: Any, seed: int) -> Trainer:
        spec, source = self._spec, self.source("trainer")
        _check_device(spec.device, self.source("device").place())
        return get_trainer(
            source,
            self._make_model(train),
            metrics=self.source("metrics"),
            data=train,
            seed=seed,
            device=spec.device,
            worker_count=spec.workers,
            worker_kind=spec.worker_kind,
        )

    def _make_model(self, train: Any) -> nn.Module:
        source = self.source("model")
        self.resolved["model"] = describe(get_model_f(source, train, trust_hub=self._trust_hub))
        return get_model(source, self.source("input_adapter"), train, trust_hub=self._trust_hub)

    def source(self, key: str) -> Source:
        """What describes the part ``key``."""
        return Source(getattr(self._spec, key), key if self._origin else _KEYS[key], self._origin)


def _training_data(data: Mapping[str, Any], where: str) -> Any:
    try:
        return divide(data).train
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def _check_device(name: str, where: str) -> None:
    try:
        select_device(name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def _check_model(frozen: Mapping[str, Any], resolved: Mapping[str, Any]) -> None:
    """Makes sure that a checkpoint is evaluated with the model that it is of."""
    there = frozen.get("resolved", {})
    old = {"model": there.get("model"), "trainer": {"model": there.get("trainer", {}).get("model")}}
    found = differences(old, escape_references(dict(resolved))) if there else []
    if found:
        listed = "; ".join(f"{path}: {old!r} there, {new!r} now" for path, old, new in found)
        raise ConfigError(f"the run was trained with another model: {listed}")


def _completed(spec: ExperimentSpec, frozen: Mapping[str, Any]) -> ExperimentSpec:
    """The spec with what it leaves open, from the run that is there or by default."""
    seed = spec.seed if spec.seed is not None else _seed_of(frozen)
    given = {name: when for name, when in asdict(spec.every).items() if when}
    defaults = {"report": "1ep", "eval": "1ep", "checkpoint": "1ep"}
    return replace(
        spec, seed=seed, every=Schedules(**{**defaults, **frozen.get("every", {}), **given})
    )


def _frozen(directory: RunDirectory) -> dict[str, Any]:
    """The config of the run that is there, unless it is to be deleted."""
    if directory.resume == "restart" or not directory.config.exists():
        return {}
    return read_yaml(directory.config)


def _seed_of(frozen: Mapping[str, Any]) -> int:
    seed = frozen.get("seed", 0)
    if not isinstance(seed, int):
        raise ConfigError(f"config.yaml: seed: {seed!r} is no whole number")
    return seed


def _load_into(model: nn.Module, state: Mapping[str, Any], path: Path) -> None:
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path} doesn't fit the model: {reason}") from error
