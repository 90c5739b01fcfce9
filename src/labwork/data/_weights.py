"""How likely each sample of a dataset is to be drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError, unknown_name
from labwork.data._changes import Augmented

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["balanced_weights", "checked_weights", "label_of", "weights_of"]


def weights_of(
    dataset: "Dataset", weights: Sequence[float] | None, balance: str | None
) -> NDArray[np.float64]:
    """The weights, checked, or those that make the classes of a label equally likely."""
    if (weights is None) == (balance is None):
        raise ConfigError("resample needs weights or a label: resample(balance='label')")
    if balance is not None:
        return balanced_weights(label_of(dataset, balance), balance)
    return checked_weights(np.array(weights, dtype=np.float64), len(dataset))


def label_of(dataset: Any, label: str | Sequence[Any]) -> NDArray[Any]:
    """A label of all samples by its name, shape (N, ...), or what is given in its place."""
    if not isinstance(label, str):
        return np.asarray(label)
    labels = getattr(_before_augmentation(dataset), "labels", {})
    if label not in labels:
        raise unknown_name("label", label, labels, repr(dataset))
    return np.asarray(labels[label])


def _before_augmentation(dataset: Any) -> Any:
    """A sample that is augmented stays of its class, so earlier labels are those to draw by."""
    while isinstance(getattr(dataset, "_change", None), Augmented):
        dataset = dataset._parts[0]
    return dataset


def balanced_weights(label: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Weights that make all classes equally likely, for the classes of all samples, shape (N,)."""
    if label.ndim != 1:
        raise ConfigError(f"label {name!r} of shape {label.shape} names no classes: (N,) is needed")
    _, numbers, counts = np.unique(label, return_inverse=True, return_counts=True)
    shares: NDArray[np.float64] = 1.0 / counts[numbers]
    return shares


def checked_weights(weights: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """The weights, where they are some for ``length`` samples."""
    if weights.shape != (length,):
        raise ConfigError(f"weights of shape {weights.shape} don't fit {length} samples")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ConfigError("weights are finite numbers from 0, and not all of them 0")
    return weights
