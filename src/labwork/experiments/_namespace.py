"""The names that users' strings may use; nothing is imported before it is looked up."""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from labwork.config import (
    Escaped,
    LazyImport,
    Namespace,
    PublicNames,
    ft,
    it,
    ot,
    sit,
    sot,
    t,
)
from labwork.experiments._extensions import find_extensions

__all__ = ["completions", "names"]

_METRICS = ("ClassificationAccuracy", "MeanLoss")
_OPTIMIZERS = (
    *("ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam"),
    *("RAdam", "RMSprop", "Rprop", "SGD"),
)
_SCHEDULERS = (
    *("ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR"),
    *("ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR", "PolynomialLR"),
    *("SequentialLR", "StepLR"),
)
_LOSSES = (
    *("binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "kl_div", "l1_loss"),
    *("mse_loss", "nll_loss", "smooth_l1_loss"),
)
_DATA = ("RandomShift", "Record", "SequenceDataset")
_TRAINING = ("OptimizerMaker", "constant_lr", "cosine_lr", "milestone_lr", "supervised_eval_step")
_ADAPTERS = "labwork.experiments._adapters"


def names(kind: str) -> Namespace:
    """What strings may name, for one of these kinds.

    Args:
        kind: ``dataset`` (before the brackets), ``data`` (an expression over datasets), ``input
            adapter``, ``model``, ``argument`` (of a dataset, a model or a trainer), ``recipe`` or
            ``metric``.

    >>> "Digits" in names("dataset").paths()
    True
    """
    return Namespace(_WithExtensions(_KINDS[kind]()), open_types=_OpenTypes())


def completions(kind: str) -> list[str]:
    """The names that are worth offering for a kind, found without importing what they name.

    >>> completions("recipe")[:2]
    ['recipes.classification', 'recipes.digits']
    """
    found: list[str] = []
    for name, value in _KINDS[kind]().items():
        if isinstance(value, dict):
            found += [f"{name}.{inner}" for inner in value]
        elif isinstance(value, LazyImport):
            found.append(name)
    return [*found, *(f"{name}." for name in find_extensions())]


def _lazily(module: str, *published: str) -> dict[str, Any]:
    return {name: LazyImport(module, name) for name in published}


@cache
def _published(module: str) -> dict[str, Any]:
    """All that a module of ours publishes, as its source says, so that nothing is imported."""
    place = Path(__file__).parents[2].joinpath(*module.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return _lazily(module, *ast.literal_eval(node.value))
    return {}


def _common() -> dict[str, Any]:
    """What stands in any expression."""
    plain = {f.__name__: f for f in (abs, float, int, len, list, max, min, round, sorted, tuple)}
    trees = {"t": t, "ft": ft, "ot": ot, "sot": sot, "it": it, "sit": sit, "Escaped": Escaped}
    constants = {"inf": float("inf"), "nan": float("nan")}
    return {**plain, **trees, **constants, "range": range, "zip": zip, "partial": partial}


def _networks() -> dict[str, Any]:
    return {"nn": PublicNames("torch.nn", _is_module), "models": _published("labwork.models")}


def _datasets() -> dict[str, Any]:
    return _published("labwork.data.datasets")


def _adapters() -> dict[str, Any]:
    named = {"id": LazyImport(_ADAPTERS, "identity"), **_lazily(_ADAPTERS, "standardize")}
    return {**named, **_networks(), **_common()}


def _models() -> dict[str, Any]:
    models = _published("labwork.models")
    return {**models, "models": models}


def _recipes() -> dict[str, Any]:
    recipes = _published("labwork.experiments.recipes")
    return {"recipes": recipes, "ct": recipes}


def _metrics() -> dict[str, Any]:
    return _lazily("labwork.training", *_METRICS)


def _arguments() -> dict[str, Any]:
    parts = {
        **_lazily("torch.optim", *_OPTIMIZERS),
        **_lazily("torch.optim.lr_scheduler", *_SCHEDULERS),
        **_lazily("torch.nn.functional", *_LOSSES),
        **_lazily("labwork.training", *_TRAINING, "supervised_step"),
        "ConstLR": LazyImport("labwork.training", "constant_lr"),
    }
    return {**parts, **_data_names(), **_networks(), **_models(), **_recipes(), **_metrics()}


def _data_names() -> dict[str, Any]:
    augmentations = _published("labwork.data.augmentation")
    return {**_common(), **_datasets(), **augmentations, **_lazily("labwork.data", *_DATA)}


_KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "dataset": _datasets,
    "data": _data_names,
    "input adapter": _adapters,
    "model": _models,
    "argument": _arguments,
    "recipe": _recipes,
    "metric": _metrics,
}


class _OpenTypes(Mapping[type, Any]):
    """Whose attributes expressions may use; imported when an expression asks for one."""

    def __getitem__(self, kind: type) -> Any:
        return _open_types()[kind]

    def __iter__(self) -> Iterator[type]:
        return iter(_open_types())

    def __len__(self) -> int:
        return len(_open_types())


@cache
def _open_types() -> dict[type, Any]:
    import torch

    from labwork.data import Dataset, Record
    from labwork.data.augmentation import Augmentation

    dataset = [name for name in vars(Dataset) if not name.startswith("_")]
    only_operators: list[str] = []
    return {
        Augmentation: only_operators,
        Dataset: dataset,
        Record: Record.keys,
        torch.Tensor: _TENSOR,
    }


_TENSOR: Collection[str] = (
    *("abs", "all", "any", "argmax", "argmin", "clamp", "dtype", "eq", "exp", "flatten", "flip"),
    *("float", "int", "item", "log", "long", "max", "mean", "min", "ndim", "norm", "permute"),
    *("round", "shape", "sqrt", "std", "sum", "transpose", "unique"),
)


class _WithExtensions(Mapping[str, Any]):
    """Names of ours, and extensions, which are looked for only when a name isn't one of ours."""

    def __init__(self, ours: Mapping[str, Any]) -> None:
        self._ours = ours

    def __getitem__(self, name: str) -> Any:
        return self._ours[name] if name in self._ours else find_extensions()[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**find_extensions(), **self._ours})

    def __len__(self) -> int:
        return len({**find_extensions(), **self._ours})


def _is_module(value: Any) -> bool:
    from torch import nn

    return isinstance(value, type) and issubclass(value, nn.Module)
