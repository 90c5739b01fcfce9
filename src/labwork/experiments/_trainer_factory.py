"""From a string, or its YAML form, to a trainer and its metrics."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from labwork.config import ArgTree, Expression, TreeError
from labwork.core import ConfigError
from labwork.experiments._call import call, make_with
from labwork.experiments._given import Given
from labwork.experiments._namespace import names
from labwork.experiments._source import KeyPath, Source, plain_name, read_arguments
from labwork.experiments._try_out import try_out
from labwork.training import Metric, Trainer, TrainerConfig

__all__ = ["get_metrics", "get_trainer"]

MetricF = Callable[[], Metric]

_OPTIONS = {
    "seed": "--seed",
    "device": "--device",
    "worker_count": "--workers",
    "worker_kind": "--worker-kind",
}


def get_metrics(source: Any, defaults: Sequence[MetricF]) -> tuple[MetricF, ...]:
    """The metrics that ``source`` names, after the defaults.

    Args:
        source: names separated by commas; a ``!`` in the end drops the defaults. May be empty.
        defaults: what the problem is measured by.

    >>> from labwork.training import MeanLoss
    >>> [m.__name__ for m in get_metrics("ClassificationAccuracy", [MeanLoss])]
    ['MeanLoss', 'ClassificationAccuracy']
    """
    return _read_metrics(Source.of(source, "--metrics"))(defaults)


def _read_metrics(source: Source) -> Callable[[Sequence[MetricF]], tuple[MetricF, ...]]:
    source.need(str)
    stripped = source.value.strip()
    given = read_arguments(Source(stripped.removesuffix("!"), source.key, source.origin))
    if given.keywords:
        raise ConfigError(f"{source.place()}: {stripped!r}: write names separated by commas")
    chosen = [arg.evaluate(names("metric"), kind="metric") for arg in given.args]

    def choose(defaults: Sequence[MetricF]) -> tuple[MetricF, ...]:
        return tuple(dict.fromkeys([*(() if stripped.endswith("!") else defaults), *chosen]))

    return choose


def get_trainer(
    source: Any, model: nn.Module, *, metrics: Any = "", data: Any = None, **arguments: Any
) -> Trainer:
    """The trainer that ``source`` describes: recipes, then keywords that override them.

    Args:
        source: such as ``recipes.digits,epoch_count=20,optimizer_f=t(lr=0.01)``, where trees edit
            what the recipes say. As plain data: ``{recipes: [recipes.digits], epoch_count: 20,
            optimizer_f: {lr: 0.01}}``.
        model: what it trains.
        metrics: names metrics besides those of the recipes; see ``get_metrics``.
        data: the training data; where it is given, what depends on its length, such as the
            schedule, is tried out, and so is the first batch, so that mistakes are told now.
        **arguments: further arguments of ``Trainer``, which override them all.

    Raises:
        ConfigError: where a recipe or an argument isn't known, or a value isn't accepted.
    """
    recipes, given = _read(Source.of(source, "TRAINER"))
    metrics = Source.of(metrics, "--metrics")
    choose = _read_metrics(metrics)
    _check_names(recipes, given)

    def make(tree: ArgTree) -> Any:
        config = TrainerConfig(*recipes, **tree.changes)
        named = {"metric_fs": choose(config.get("metric_fs", ()))} if metrics.value else {}
        whole = ArgTree(**{"model": model, **config, **named, **arguments})
        if data is not None:
            try_out(whole, data)
        return call(Trainer, whole)

    trainer: Trainer = make_with(make, given, "Trainer")
    return trainer


def _read(source: Source) -> tuple[list[TrainerConfig], Given]:
    if isinstance(source.value, Mapping):
        listed = source.at("recipes", [])
        parts = listed.items() if isinstance(listed.value, list) else [listed]
        named, given = [plain_name(part) for part in parts], Given.beside(source, "recipes")
    else:
        parsed = read_arguments(source)
        named, given = list(parsed.args), Given.read(parsed.keywords, source.place())
    if options := [name for name in _OPTIONS if name in given.written]:
        raise given.error(
            ((name,), f"{name} is an option of its own: {_OPTIONS[name]}") for name in options
        )
    return [_recipe(expression) for expression in named], given


def _recipe(expression: Expression) -> TrainerConfig:
    # Where it is just a name, only recipes are suggested.
    known = names("recipe" if expression.name else "argument")
    recipe = expression.evaluate(known, kind="recipe")
    if not isinstance(recipe, TrainerConfig):
        raise expression.error(f"{recipe!r} is no recipe; recipes come first, then name=value")
    return recipe


def _check_names(recipes: Sequence[TrainerConfig], given: Given) -> None:
    """Applies each argument alone, so that all that don't fit are told."""
    faults: list[tuple[KeyPath, str]] = []
    for name, change in given.tree.changes.items():
        try:
            TrainerConfig(*recipes, **{name: change})
        except TreeError as error:
            faults += [((name, *path), text) for path, text in error.faults]
        except ConfigError as error:
            faults.append(((name,), str(error)))
    if faults:
        raise given.error(faults)
