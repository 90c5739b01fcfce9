"""ExperimentSpec: an experiment as the strings of a command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from torch import nn

from labwork.config import read_yaml
from labwork.core import ConfigError, RunError
from labwork.experiments._experiment import Experiment
from labwork.experiments._factories import (
    get_metrics,
    get_model,
    get_prepared_data_for_trainer,
    get_trainer,
    get_trainer_config,
)
from labwork.experiments._run_directory import Resume, RunDirectory
from labwork.experiments._splits import divide
from labwork.runtime import make_deterministic, seed_all
from labwork.training import CheckpointManager, Trainer, load_tensors

__all__ = ["ExperimentSpec"]

_LONGEST_NAME = 200  # of 255 bytes that file systems allow


@dataclass(frozen=True, slots=True)
class ExperimentSpec:
    """An experiment as the strings of a command; see ``get_model`` and its kin for their form.

    Attributes:
        data: such as ``Digits{train,val,test}``.
        input_adapter: such as ``standardize``.
        model: such as ``SmallImageClassifier``.
        trainer: such as ``recipes.digits,epoch_count=20``.
        params: a file of parameters to start from, or empty.
        metrics: metrics besides the recipe's; a trailing ``!`` drops those.
        suffix: tells apart runs that are the same otherwise.
    """

    data: str
    input_adapter: str
    model: str
    trainer: str
    params: str = ""
    metrics: str = ""
    suffix: str = ""

    def path(self, experiments: Path) -> Path:
        """The directory of the run, below the directory of all experiments."""
        strings = [self.data, self.input_adapter, self.model, self.trainer]
        strings += [f"{Path(self.params).name}~{_digest(self.params)}"] if self.params else []
        return experiments.joinpath(*map(_as_file_name, [*strings, self.suffix or "_"]))

    def build(
        self,
        experiments: Path,
        *,
        resume: Resume = None,
        seed: int | None = None,
        every: Mapping[str, str] | None = None,
        device: str = "auto",
        worker_count: int = 0,
        command: Sequence[str] | None = None,
        tensorboard: bool = False,
    ) -> Experiment:
        """The experiment, ready to run.

        Args:
            experiments: the directory of all experiments.
            resume: see ``RunDirectory``.
            seed: by default that of the run that is resumed, else 0.
            every: when to ``report``, ``eval`` and ``checkpoint``, such as ``{"eval": "2ep"}``;
                by default as in the run that is resumed, else after each epoch.
            device: see ``select_device``.
            worker_count: processes that load data.
            command: the command, for the provenance.
            tensorboard: whether to write event files for TensorBoard.

        Raises:
            ConfigError: where a string is wrong.
            RunError: where ``resume`` doesn't fit what is there.
        """
        if self.suffix == "_":
            raise ConfigError("-e _ is what a run without a suffix is called; choose another name")
        directory = RunDirectory(self.path(experiments), resume)
        directory.check()
        frozen = _frozen(directory)
        seed = _seed_of(frozen) if seed is None else seed
        schedules = {**frozen.get("every", {}), **(every or {})}
        settings: dict[str, Any] = {f"{name}_every": text for name, text in schedules.items()}
        data, trainer = self._parts(seed, device, worker_count)
        if self.params and not directory.goes_on:
            _load_params(trainer.model, Path(self.params))
        return Experiment(
            directory.path,
            trainer,
            data,
            resume=resume,
            config={**asdict(self), "seed": seed},
            command=command,
            tensorboard=tensorboard,
            **settings,
        )

    def evaluate(
        self,
        experiments: Path,
        *,
        which: Literal["last", "best"] = "last",
        seed: int | None = None,
        device: str = "auto",
        worker_count: int = 0,
        notify: Callable[[str], None] = lambda line: None,
    ) -> tuple[int, dict[str, dict[str, float]]]:
        """Evaluates a checkpoint of the run on all data but the training data.

        Args:
            experiments: the directory of all experiments.
            which: the newest or the best checkpoint.
            seed: by default that of the run; it matters to steps that draw random numbers.
            device: see ``select_device``.
            worker_count: processes that load data.
            notify: called with one line where a broken checkpoint is passed over.

        Returns:
            the step of the checkpoint, and the metrics by data set.

        Raises:
            RunError: where there is no run.
            CheckpointError: where no checkpoint can be loaded.
        """
        directory = RunDirectory(self.path(experiments))
        if not directory.holds_run:
            raise RunError(f"there is no run to test in {directory.path}; train it first")
        seed = _seed_of(_frozen(directory)) if seed is None else seed
        data, trainer = self._parts(seed, device, worker_count)
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

    def _parts(self, seed: int, device: str, worker_count: int) -> tuple[dict[str, Any], Trainer]:
        make_deterministic()
        seed_all(seed)
        data = get_prepared_data_for_trainer(self.data)
        config = get_trainer_config(self.trainer)
        metric_fs = get_metrics(self.metrics, config.get("metric_fs", ()))
        model = get_model(self.model, self.input_adapter, divide(data).train)
        further = {"metric_fs": metric_fs, "seed": seed, "device": device}
        return data, get_trainer(self.trainer, model, **further, worker_count=worker_count)


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


def _as_file_name(text: str) -> str:
    name = quote(text, safe=" {}(),=.+-_[]'\"!")
    if name.startswith(".") or len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME].lstrip('.')}~{_digest(text)}"
    return name


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _load_params(model: nn.Module, path: Path) -> None:
    """Loads parameters from a file of ``torch.save``, such as a checkpoint's ``model.pt``."""
    if not path.is_file():
        raise ConfigError(f"--params: there is no file {path}")
    _load_into(model, load_tensors(path), path)


def _load_into(model: nn.Module, state: Mapping[str, Any], path: Path) -> None:
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path} doesn't fit the model: {reason}") from error
