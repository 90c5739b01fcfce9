"""Whether two values are the same but for rounding."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.data._record import Record

__all__ = ["alike"]

_RELATIVE = 1e-3  # of the largest number; other machines round otherwise


def alike(one: Any, other: Any) -> bool:
    """Whether types, shapes and content agree, floats up to a thousandth of the largest.

    >>> alike([1, (2.0, "a")], [1, (2.0000001, "a")]), alike([1], [1.0]), alike([1], [2])
    (True, False, False)
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, Record):
        return one.keys() == other.keys() and alike(list(one), list(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and alike([*one.values()], [*other.values()])
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and one.shape == other.shape and _close(one, other)
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and _close_arrays(one, other)
    if isinstance(one, float | complex):
        return _close(torch.tensor(one), torch.tensor(other))
    return bool(one == other)


def _close(one: Tensor, other: Tensor) -> bool:
    if not (one.is_floating_point() or one.is_complex()):
        return torch.equal(one, other)
    kind = torch.complex128 if one.is_complex() else torch.float64
    wide = one.to(kind)
    finite = wide[wide.isfinite()]
    most = float(finite.abs().max()) if finite.numel() else 0.0
    return torch.allclose(wide, other.to(kind), rtol=0.0, atol=_RELATIVE * most, equal_nan=True)


def _close_arrays(one: Any, other: Any) -> bool:
    if one.dtype.kind in "fc":
        return _close(torch.from_numpy(np.array(one)), torch.from_numpy(np.array(other)))
    return bool(np.array_equal(one, other))
