"""From strings to data, models, metrics and trainers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from labwork.config import DataSpec, Name, evaluate, look_up, parse_arguments, parse_data
from labwork.core import ConfigError, unknown_name
from labwork.experiments._namespace import names
from labwork.training import Metric, Trainer, TrainerConfig

__all__ = ["get_metrics", "get_model", "get_prepared_data_for_trainer", "get_trainer"]


_OPTIONS = {"seed": "--seed", "device": "--device", "worker_count": "--workers"}


def get_prepared_data_for_trainer(text: str) -> dict[str, Any]:
    """The datasets that ``text`` names, by the names of their subsets.

    Their images are float tensors of shape (C, H, W) in [0, 1].

    Args:
        text: such as ``Digits{train,val,test}``.

    Raises:
        ConfigError: where a dataset, an argument or a subset isn't known.

    >>> list(get_prepared_data_for_trainer("Digits{train,test}"))
    ['train', 'test']
    """
    data: dict[str, Any] = {}
    for spec in parse_data(text):
        for subset in spec.subsets:
            if subset in data:
                raise ConfigError(f"DATA: there are two subsets called {subset!r}")
            data[subset] = _make_dataset(spec, subset)
    return data


def get_model(text: str, input_adapter: str, dataset: Any) -> nn.Module:
    """The model that ``text`` names, with its input adapter in front.

    Args:
        text: such as ``SmallImageClassifier,dropout=0.1``. What the model needs to know of the
            problem (``class_count``, ``in_channels``) comes from the dataset.
        input_adapter: such as ``id`` or ``standardize(mean=0.5,std=0.25)``.
        dataset: the training data.

    Raises:
        ConfigError: where a name or an argument isn't known.
    """
    where = "MODEL"
    args, keywords = parse_arguments(text, where)
    model_f = look_up(
        _first_name(args, where, "SmallImageClassifier"), names("model"), "model", where
    )
    given = {name: evaluate(value, {}, where=where) for name, value in keywords.items()}
    arguments = {**_facts(model_f, dataset), **given}
    model = call_with(model_f, arguments, where)
    adapter = _get_adapter(input_adapter)(dataset)
    return _Adapted(adapter, model)


def get_metrics(
    text: str, defaults: Sequence[Callable[[], Metric]]
) -> tuple[Callable[[], Metric], ...]:
    """The metrics that ``text`` names, after the defaults.

    Args:
        text: names separated by commas; a ``!`` in the end drops the defaults. May be empty.
        defaults: what the problem is measured by.

    >>> from labwork.training import MeanLoss
    >>> [m.__name__ for m in get_metrics("ClassificationAccuracy", [MeanLoss])]
    ['MeanLoss', 'ClassificationAccuracy']
    """
    stripped = text.strip()
    drops_defaults = stripped.endswith("!")
    args, keywords = parse_arguments(stripped.removesuffix("!"), "--metrics")
    if keywords:
        raise ConfigError(f"--metrics: {text!r}: write names separated by commas")
    chosen = [evaluate(arg, names("metric"), "metric", "--metrics") for arg in args]
    return tuple(dict.fromkeys([*(() if drops_defaults else defaults), *chosen]))


def get_trainer(text: str, model: nn.Module, **arguments: Any) -> Trainer:
    """The trainer that ``text`` describes: recipes, then keywords that override them.

    Args:
        text: such as ``recipes.digits,epoch_count=20``.
        model: what it trains.
        **arguments: further arguments of ``Trainer``, which override them all.

    Raises:
        ConfigError: where a recipe or an argument isn't known, or a value isn't accepted.
    """
    return call_with(Trainer, {"model": model, **get_trainer_config(text), **arguments}, "TRAINER")


def get_trainer_config(text: str) -> TrainerConfig:
    """The arguments that the string of a trainer stands for."""
    args, keywords = parse_arguments(text, "TRAINER")
    recipes = [evaluate(arg, names("recipe"), "recipe", "TRAINER") for arg in args]
    if given := [name for name in _OPTIONS if name in keywords]:
        raise ConfigError(f"TRAINER: {given[0]} is an option of its own: {_OPTIONS[given[0]]}")
    if any(not isinstance(recipe, TrainerConfig) for recipe in recipes):
        raise ConfigError(f"TRAINER: {text!r}: recipes come first, then name=value")
    return TrainerConfig(
        *recipes, **{k: evaluate(v, {}, where="TRAINER") for k, v in keywords.items()}
    )


def call_with(function: Callable[..., Any], arguments: Mapping[str, Any], where: str) -> Any:
    """Calls ``function``; tells of arguments that it lacks, and of the nearest to wrong ones."""
    parameters = inspect.signature(function).parameters
    name = getattr(function, "__name__", repr(function))
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for argument in arguments:
        if argument not in parameters and not takes_any:
            raise unknown_name("argument", argument, parameters, f"{where}: {name}")
    missing = [n for n, p in parameters.items() if p.default is p.empty and n not in arguments]
    if missing and not takes_any:
        raise ConfigError(f"{where}: {name} needs {', '.join(missing)}")
    try:
        return function(**arguments)
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{where}: {name} doesn't accept its arguments: {error}") from error


class _Adapted(nn.Sequential):
    """An input adapter and a model, under these names."""

    def __init__(self, input_adapter: nn.Module, model: nn.Module) -> None:
        super().__init__()
        self.add_module("input_adapter", input_adapter)
        self.add_module("model", model)


def _make_dataset(spec: DataSpec, subset: str) -> Any:
    where = f"DATA: {spec.name}"
    dataset_f = look_up(spec.name, names("dataset"), "dataset", "DATA")
    keywords = {k: evaluate(v, {}, where=where) for k, v in spec.keywords.items()}
    return call_with(dataset_f, {"subset": subset, **keywords}, "DATA")


def _get_adapter(text: str) -> Callable[[Any], nn.Module]:
    where = "INPUT_ADAPTER"
    args, keywords = parse_arguments(text, where)
    if len(args) != 1 or keywords:
        raise ConfigError(f"{where}: {text!r}: write one of {', '.join(names('input adapter'))}")
    value = evaluate(args[0], names("input adapter"), "input adapter", where)
    made = value() if isinstance(args[0], Name) else value
    if not callable(made):
        raise ConfigError(f"{where}: {text!r} is no input adapter")
    return made


def _facts(model_f: Callable[..., Any], dataset: Any) -> dict[str, Any]:
    """What the dataset tells about the problem, as far as the model asks for it."""
    facts = dict(dataset.info)
    image = dataset[0]["image"]
    facts["in_channels"] = image.shape[0]
    parameters = inspect.signature(model_f).parameters
    return {name: value for name, value in facts.items() if name in parameters}


def _first_name(args: tuple[Any, ...], where: str, example: str) -> str:
    if len(args) != 1 or not isinstance(args[0], Name):
        raise ConfigError(
            f"{where}: write a name, then name=value, such as '{example},dropout=0.1'"
        )
    return args[0].path
