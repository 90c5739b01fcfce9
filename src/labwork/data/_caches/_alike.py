"""Whether two values are the same but for rounding."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.data._record import Record

__all__ = ["alike"]

_UNITS = 8  # in the last place of the largest number; other machines round otherwise


def alike(one: Any, other: Any) -> bool:
    """Whether types, shapes and content agree.

    Floats may differ by eight units in the last place of the largest one of their array, and by
    one in half precision. Numbers in double precision that single precision holds are taken for
    results in single precision.

    >>> alike([1, (2.0, "a")], [1, (2.0 + 1e-15, "a")]), alike([1], [1.0]), alike([1], [2])
    (True, False, False)
    >>> alike(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1e-5]))
    False
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
        return _close_arrays(np.asarray(one), np.asarray(other))
    return bool(one == other)


def _close(one: Tensor, other: Tensor) -> bool:
    if not (one.is_floating_point() or one.is_complex()):
        return torch.equal(one, other)
    kind = torch.complex128 if one.is_complex() else torch.float64
    wide, other_wide = one.to(kind), other.to(kind)
    finite = wide[wide.isfinite()]
    most = float(finite.abs().max()) if finite.numel() else 0.0
    return _equal(wide, other_wide, _relative(one, wide, other_wide) * most)


def _relative(one: Tensor, *wide: Tensor) -> float:
    """What rounding may change, relative to the largest number."""
    single = torch.complex64 if one.is_complex() else torch.float32
    is_single = all(_equal(numbers, numbers.to(single).to(numbers.dtype)) for numbers in wide)
    unit = torch.finfo(one.dtype).eps
    return max(unit, _UNITS * torch.finfo(torch.float32).eps) if is_single else _UNITS * unit


def _equal(one: Tensor, other: Tensor, near: float = 0.0) -> bool:
    return torch.allclose(one, other, rtol=0.0, atol=near, equal_nan=True)


def _close_arrays(one: Any, other: Any) -> bool:
    if one.dtype.type in (np.longdouble, np.clongdouble):  # which tensors don't know
        return bool(np.array_equal(one, other, equal_nan=True))
    if one.dtype.kind in "fc":
        return _close(torch.from_numpy(np.array(one)), torch.from_numpy(np.array(other)))
    return bool(np.array_equal(one, other))
