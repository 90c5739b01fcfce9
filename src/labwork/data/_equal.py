"""Whether two values are equal, tensors and arrays among them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["are_equal"]


def are_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal: arrays by shape and all items, containers by their parts.

    An array is equal to a number, or to an array of another library, only where it is a scalar.

    >>> are_equal([torch.ones(2), "a"], [torch.ones(2), "a"])
    True
    >>> are_equal(torch.ones(2), torch.ones(3)), are_equal(torch.tensor(3), 3)
    (False, True)
    """
    if one is other:
        return True
    for kinds, alike in _WAYS:
        if isinstance(one, kinds) and isinstance(other, kinds):
            return alike(one, other)
    if any(isinstance(value, Tensor | np.ndarray) and value.ndim for value in (one, other)):
        return False
    return bool(one == other)


def _tensors(one: Tensor, other: Tensor) -> bool:
    return one.device == other.device and torch.equal(one, other)


def _mappings(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    return one.keys() == other.keys() and all(are_equal(one[key], other[key]) for key in one)


def _sequences(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(map(are_equal, one, other))


_WAYS: Any = (
    (Tensor, _tensors),
    (np.ndarray, np.array_equal),
    (Mapping, _mappings),
    (list, _sequences),
    (tuple, _sequences),
)
