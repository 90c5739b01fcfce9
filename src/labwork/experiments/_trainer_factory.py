"""From a string, or its YAML form, to a trainer and its metrics."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from labwork.core import ConfigError
from labwork.experiments._call import call_with
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, plain_name, read_arguments
from labwork.training import Metric, Trainer, TrainerConfig

__all__ = ["get_metrics", "get_trainer", "get_trainer_config"]

_OPTIONS = {"seed": "--seed", "device": "--device", "worker_count": "--workers"}


def get_metrics(
    source: Any, defaults: Sequence[Callable[[], Metric]]
) -> tuple[Callable[[], Metric], ...]:
    """The metrics that ``source`` names, after the defaults.

    Args:
        source: names separated by commas; a ``!`` in the end drops the defaults. May be empty.
        defaults: what the problem is measured by.

    >>> from labwork.training import MeanLoss
    >>> [m.__name__ for m in get_metrics("ClassificationAccuracy", [MeanLoss])]
    ['MeanLoss', 'ClassificationAccuracy']
    """
    source = Source.of(source, "--metrics")
    source.need(str)
    stripped = source.value.strip()
    given = read_arguments(Source(stripped.removesuffix("!"), source.key, source.origin))
    if given.keywords:
        raise ConfigError(f"{source.place()}: {stripped!r}: write names separated by commas")
    chosen = [arg.evaluate(names("metric"), kind="metric") for arg in given.args]
    return tuple(dict.fromkeys([*(() if stripped.endswith("!") else defaults), *chosen]))


def get_trainer(source: Any, model: nn.Module, **arguments: Any) -> Trainer:
    """The trainer that ``source`` describes: recipes, then keywords that override them.

    Args:
        source: such as ``recipes.digits,epoch_count=20,optimizer_f=t(lr=0.01)``, where trees edit
            what the recipes say. As plain data: ``{recipes: [recipes.digits], epoch_count: 20,
            optimizer_f: {lr: 0.01}}``.
        model: what it trains.
        **arguments: further arguments of ``Trainer``, which override them all.

    Raises:
        ConfigError: where a recipe or an argument isn't known, or a value isn't accepted.
    """
    source = Source.of(source, "TRAINER")
    config = get_trainer_config(source)
    return call_with(Trainer, {"model": model, **config, **arguments}, source.place())


def get_trainer_config(source: Any) -> TrainerConfig:
    """The arguments that the description of a trainer stands for."""
    source = Source.of(source, "TRAINER")
    recipes, keywords = (_read_plain if isinstance(source.value, Mapping) else _read_text)(source)
    if given := [name for name in _OPTIONS if name in keywords]:
        raise ConfigError(
            f"{source.place()}: {given[0]} is an option of its own: {_OPTIONS[given[0]]}"
        )
    if wrong := [recipe for recipe in recipes if not isinstance(recipe, TrainerConfig)]:
        raise ConfigError(
            f"{source.place()}: {wrong[0]!r} is no recipe; recipes come first, then name=value"
        )
    try:
        return TrainerConfig(*recipes, **keywords)
    except ConfigError as error:
        raise ConfigError(f"{source.place()}: {error}") from error


def _read_text(source: Source) -> tuple[list[Any], dict[str, Any]]:
    given = read_arguments(source)
    recipes = [arg.evaluate(_recipe_names(arg), kind="recipe") for arg in given.args]
    return recipes, {k: v.evaluate(names("argument")) for k, v in given.keywords.items()}


def _read_plain(source: Source) -> tuple[list[Any], dict[str, Any]]:
    listed = source.at("recipes", [])
    parts = listed.items() if isinstance(listed.value, list) else [listed]
    recipes = [plain_name(part).evaluate(names("recipe"), kind="recipe") for part in parts]
    return recipes, {key: source.at(key).read() for key in source.value if key != "recipes"}


def _recipe_names(expression: Any) -> Any:
    """Recipes alone, where it is just a name: so that only they are suggested."""
    return names("recipe" if expression.name else "argument")
