"""The names that users' strings may use; nothing is imported before it is looked up."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from labwork.config import LazyImport, Namespace, PublicNames
from labwork.experiments._extensions import Extension, find_extensions
from labwork.experiments._open_types import OpenTypes
from labwork.experiments._plain_names import plain_names

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
_DATA = (
    *("Bucketed", "ClassBalanced", "DataLoader", "RandomShift", "Record", "SequenceDataset"),
    *("Shuffled", "Weighted", "collate"),
)
_TRAINING = ("OptimizerMaker", "constant_lr", "cosine_lr", "milestone_lr", "supervised_eval_step")
_ADAPTERS = "labwork.experiments._adapters"
# Whatever else torch.nn publishes stays out of reach: a ParameterDict sets attributes by strings.
_LAYERS = frozenset(
    f"torch.nn.modules.{name}"
    for name in (
        *("activation", "adaptive", "batchnorm", "channelshuffle", "conv", "distance", "dropout"),
        *("flatten", "fold", "instancenorm", "linear", "loss", "normalization", "padding"),
        *("pixelshuffle", "pooling", "rnn", "sparse", "transformer", "upsampling"),
    )
)
_CONTAINERS = ("ModuleList", "Sequential")
# All modules of ours but the abstract ones, and Func, which would call whatever it is given.
_MODULES = (
    *("ActNorm", "AdditiveCoupling", "AffineCoupling", "AvgPool2d", "ClassificationHead", "Concat"),
    *("Conv2d", "CouplingNet", "Dequantize", "FlowHead", "Fork", "GlowStep", "IRevNetBlock"),
    *("Identity", "Inverse", "InvertibleConv1x1", "LayerNorm2d", "MaxPool2d", "MultiScale"),
    *("NormalizingFlow", "PadChannels", "Parallel", "Permute", "PermuteChannels"),
    *("ProjectionHead", "Reshape", "Restruct", "ReversibleSeq", "SegmentationHead"),
    *("SelfAttention", "Seq", "SplineCoupling", "Split", "Squeeze", "StandardNormal"),
    *("Standardize", "StochasticDepth", "Sum"),
)


def names(kind: str) -> Namespace:
    """What strings may name, for one of these kinds.

    Args:
        kind: ``dataset`` (before the brackets), ``data`` (an expression over datasets), ``input
            adapter``, ``model``, ``argument`` (of a dataset, a model or a trainer),
            ``augmentation``, ``recipe`` or ``metric``.

    >>> "Digits" in names("dataset").paths()
    True
    """
    return Namespace(_WithExtensions(_KINDS[kind]()), open_types=OpenTypes())


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
    return [*found, *(f"{name}." for name in find_extensions() if name not in _KINDS[kind]())]


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


def _networks() -> dict[str, Any]:
    """Modules: PyTorch's after ``nn.``, ours by their names alone."""
    ours = _lazily("labwork.nn", *_MODULES)
    return {**ours, "nn": _TORCH_NN, "models": _published("labwork.models")}


def _datasets() -> dict[str, Any]:
    written = _lazily("labwork.data", "FolderDataset", "PackedDataset")
    return {**_published("labwork.data.datasets"), **written}


def _adapters() -> dict[str, Any]:
    named = {"id": LazyImport(_ADAPTERS, "identity"), **_lazily(_ADAPTERS, "standardize")}
    return {**_networks(), **plain_names(), **named}


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
    for group in ("losses", "perturbations"):
        parts[group] = _published(f"labwork.nn.{group}")
    return {**parts, **_data_names(), **_networks(), **_models(), **_recipes(), **_metrics()}


def _augmentations() -> dict[str, Any]:
    return {**_published("labwork.data.augmentation"), **_lazily("labwork.data", "RandomShift")}


def _data_names() -> dict[str, Any]:
    given = _lazily("labwork.data", *_DATA)
    return {**plain_names(), **_datasets(), **_augmentations(), **given}


def _is_layer(value: Any) -> bool:
    from torch import nn

    if not isinstance(value, type) or not issubclass(value, nn.Module) or value is nn.RNNBase:
        return False
    return value.__module__ in _LAYERS or value.__name__ in _CONTAINERS


_TORCH_NN = PublicNames("torch.nn", _is_layer)  # one for all, as it remembers what it has found
_KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "dataset": _datasets,
    "data": _data_names,
    "input adapter": _adapters,
    "model": _models,
    "argument": _arguments,
    "augmentation": _augmentations,
    "recipe": _recipes,
    "metric": _metrics,
}


class _WithExtensions(Mapping[str, Any]):
    """Names of ours, and extensions, which are looked for only when a name isn't one of ours.

    They are looked for once, as a lambda asks for its names with every sample.
    """

    def __init__(self, ours: Mapping[str, Any]) -> None:
        self._ours = ours

    @cached_property
    def _extensions(self) -> dict[str, Extension]:
        return find_extensions()

    def __getitem__(self, name: str) -> Any:
        return self._ours[name] if name in self._ours else self._extensions[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._extensions, **self._ours})

    def __len__(self) -> int:
        return len({**self._extensions, **self._ours})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._ours,)
