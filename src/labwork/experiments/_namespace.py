"""The names that users' strings may use; nothing is imported before it is looked up."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from labwork.config import LazyImport

__all__ = ["names"]

_RECIPES = "labwork.experiments.recipes"

_NAMES: dict[str, dict[str, Any]] = {
    "dataset": {"Digits": LazyImport("labwork.data", "Digits")},
    "input adapter": {
        "id": LazyImport("labwork.experiments._adapters", "identity"),
        "standardize": LazyImport("labwork.experiments._adapters", "standardize"),
    },
    "model": {"SmallImageClassifier": LazyImport("labwork.models", "SmallImageClassifier")},
    "recipe": {"recipes": {"digits": LazyImport(_RECIPES, "digits")}},
    "metric": {
        "ClassificationAccuracy": LazyImport("labwork.training", "ClassificationAccuracy"),
        "MeanLoss": LazyImport("labwork.training", "MeanLoss"),
    },
}


def names(kind: str) -> Mapping[str, Any]:
    """What strings may name, for one of these kinds: dataset, input adapter, model, recipe, metric.

    >>> list(names("dataset"))
    ['Digits']
    """
    return MappingProxyType(_NAMES[kind])
