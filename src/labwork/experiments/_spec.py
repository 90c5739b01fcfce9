"""ExperimentSpec: an experiment as plain data, from a command's strings or from files."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from labwork.config import AtLeast, Config, Doc, check
from labwork.core import ConfigError, Every

__all__ = ["ExperimentSpec", "Keep", "Schedules"]

_LONGEST_NAME = 200  # of 255 bytes that file systems allow


def _when(value: Any) -> None:
    Every(value)


def _is_name(name: str) -> None:
    if name:
        _named_path(name)


def _fits(seed: int) -> None:
    if seed >= 2**63:
        raise ValueError("must be less than 2**63")


When = Annotated[str | int, _when]  # a number is refused by Every, which says what to write


@dataclass(frozen=True, slots=True)
class Schedules:
    """When something is done, such as ``2ep`` or ``500it``; by default after each epoch."""

    report: Annotated[When | None, Doc("when training metrics are reported")] = None
    eval: Annotated[When | None, Doc("when the data that is watched is evaluated")] = None
    checkpoint: Annotated[When | None, Doc("when checkpoints are taken")] = None


@dataclass(frozen=True, slots=True)
class Keep:
    """How many checkpoints are kept."""

    recent: Annotated[int, AtLeast(1), Doc("newest checkpoints")] = 2
    best: Annotated[int, AtLeast(0), Doc("checkpoints of the best scores")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSpec:
    """An experiment as plain data; what a config file holds and what a command's strings make.

    See ``get_prepared_data_for_trainer``, ``get_model`` and ``get_trainer`` for the two forms,
    string and mapping, of the parts.

    Attributes:
        data: such as ``Digits{train,val,test}``.
        input_adapter: such as ``standardize``.
        model: such as ``SmallImageClassifier``.
        trainer: such as ``recipes.digits,epoch_count=20``.
        params: parameters to start from, such as ``resnet(backbone):FILE``, or empty; see
            ``Params``.
        metrics: metrics besides the recipe's; a trailing ``!`` drops those.
        name: the run's directory below that of all experiments; by default the strings make it.
        suffix: tells apart runs that are the same otherwise.
        seed: None stands for that of the run that is resumed, else 0.
        device: see ``select_device``.
        workers: how many workers load data.
        worker_kind: ``thread`` makes them threads; see ``DataLoader``.
        every: when to report, evaluate and take checkpoints.
        keep: how many checkpoints are kept.
        tensorboard: whether to write event files for TensorBoard.
        vars: values for references, such as ``${vars.size}``.
        resolved: what the parts were made of, as a run writes it; it isn't read.
    """

    data: Annotated[
        str | list[Any] | dict[str, Any], Doc("datasets and subsets: Digits{train,val,test}")
    ]
    input_adapter: Annotated[str | dict[str, Any], Doc("what stands before the model")] = "id"
    model: Annotated[str | dict[str, Any], Doc("its name and arguments")]
    trainer: Annotated[str | dict[str, Any], Doc("recipes, then arguments")]
    params: Annotated[str, Doc("parameters to start from: resnet(backbone):FILE")] = ""
    metrics: Annotated[str, Doc("further metrics; a trailing '!' drops the default ones")] = ""
    name: Annotated[str, _is_name, Doc("the run's directory below that of all experiments")] = ""
    suffix: Annotated[str, Doc("tells apart runs that are the same otherwise")] = ""
    seed: Annotated[int | None, AtLeast(0), _fits, Doc("what all randomness is derived from")] = (
        None
    )
    device: Annotated[str, Doc("such as cpu or cuda:0")] = "auto"
    workers: Annotated[int, AtLeast(0), Doc("workers that load data")] = 0
    worker_kind: Annotated[Literal["process", "thread"], Doc("what these workers are")] = "process"
    every: Schedules = field(default_factory=Schedules)
    keep: Keep = field(default_factory=Keep)
    tensorboard: Annotated[bool, Doc("whether to write event files for TensorBoard")] = False
    vars: Annotated[dict[str, Any], Doc("values for references")] = field(default_factory=dict)
    resolved: Annotated[dict[str, Any], Doc("what a run was made of; written, not read")] = field(
        default_factory=dict
    )

    @classmethod
    def read(cls, config: Config | Mapping[str, Any], name: str = "") -> "ExperimentSpec":
        """The experiment that a config describes.

        Args:
            config: what was written.
            name: what to call it where something is missing.

        Raises:
            ConfigError: where keys or values are wrong; it tells of all of them at once.
        """
        spec: ExperimentSpec = check(config, cls, name=name)
        return spec

    def path(self, experiments: Path) -> Path:
        """The directory of the run, below the directory of all experiments."""
        if self.suffix == "_":
            raise ConfigError("-e _ is what a run without a suffix is called; choose another name")
        if self.name:
            try:
                return experiments.joinpath(*_named_path(self.name), *self._suffixes())
            except ConfigError as error:
                raise ConfigError(f"name: {error}") from error
        parts = [self.data, self.input_adapter, self.model, self.trainer]
        strings = [_as_text(part) for part in parts]
        strings += [f"{Path(self.params).name}~{_digest(self.params)}"] if self.params else []
        return experiments.joinpath(*map(_as_file_name, [*strings, self.suffix or "_"]))

    def plain(self) -> dict[str, Any]:
        """The spec as plain data, with every default written out."""
        return asdict(self)

    def _suffixes(self) -> list[str]:
        return [_as_file_name(self.suffix)] if self.suffix else []


def _named_path(name: str) -> list[str]:
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ConfigError(f"{name!r} must be one or more names with a / between them")
    return [_as_file_name(part) for part in parts]


def _as_text(part: Any) -> str:
    """A string as it is; a mapping by the name it gives, and a digest of the rest."""
    if isinstance(part, str):
        return part
    name = part.get("name", "") if isinstance(part, Mapping) else ""
    return f"{name}~{_digest(repr(part))}"


def _as_file_name(text: str) -> str:
    name = quote(text, safe=" {}(),=.+-_[]'\"!")
    if name.startswith(".") or len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME].lstrip('.')}~{_digest(text)}"
    return name


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
