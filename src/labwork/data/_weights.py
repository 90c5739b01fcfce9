"""How likely each sample of a dataset is to be drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError, unknown_name

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["weights_of"]


def weights_of(
    dataset: "Dataset", weights: Sequence[float] | None, balance: str | None
) -> NDArray[np.float64]:
    """The weights, checked, or those that make the classes of a label equally likely."""
    if (weights is None) == (balance is None):
        raise ConfigError("resample needs weights or a label: resample(balance='label')")
    if balance is not None:
        return _balanced(_label(dataset, balance), balance)
    return _checked(np.array(weights, dtype=np.float64), len(dataset))


def _label(dataset: "Dataset", name: str) -> NDArray[Any]:
    labels = dataset.labels
    if name not in labels:
        raise unknown_name("label", name, labels, repr(dataset))
    return np.asarray(labels[name])


def _balanced(label: NDArray[Any], name: str) -> NDArray[np.float64]:
    if label.ndim != 1:
        raise ConfigError(f"label {name!r} of shape {label.shape} names no classes: (N,) is needed")
    _, numbers, counts = np.unique(label, return_inverse=True, return_counts=True)
    shares: NDArray[np.float64] = 1.0 / counts[numbers]
    return shares


def _checked(weights: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    if weights.shape != (length,):
        raise ConfigError(f"weights of shape {weights.shape} don't fit {length} samples")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ConfigError("weights are finite numbers from 0, and not all of them 0")
    return weights
