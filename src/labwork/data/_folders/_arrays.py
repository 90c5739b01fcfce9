"""Tensors and numbers as arrays of NumPy, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError

__all__ = ["as_array", "as_type", "bits_of"]

# Types that NumPy lacks, and those whose numbers have the same bits.
_CARRIERS: Mapping[torch.dtype, torch.dtype] = {
    torch.bfloat16: torch.int16,
    torch.complex32: torch.int32,
    torch.float8_e4m3fn: torch.uint8,
    torch.float8_e4m3fnuz: torch.uint8,
    torch.float8_e5m2: torch.uint8,
    torch.float8_e5m2fnuz: torch.uint8,
}
_BITS = {str(dtype).removeprefix("torch."): dtype for dtype in _CARRIERS}


def bits_of(value: Any) -> str:
    """The name of a tensor's type where NumPy lacks it; else empty.

    >>> bits_of(torch.zeros(2, dtype=torch.bfloat16)), bits_of(torch.zeros(2))
    ('bfloat16', '')
    """
    name = str(value.dtype).removeprefix("torch.") if isinstance(value, Tensor) else ""
    return name if name in _BITS else ""


def as_array(value: Any) -> Any:
    """A tensor, an array or a number as an array; where NumPy lacks its type, the bits of it."""
    if not isinstance(value, Tensor):
        return np.asarray(value)
    try:
        plain = value.detach().cpu().resolve_conj().resolve_neg()
        carrier = _CARRIERS.get(plain.dtype)
        return (plain if carrier is None else plain.view(carrier)).numpy()
    except (TypeError, RuntimeError) as error:  # sparse, quantized and the like
        raise ConfigError(f"a {value.dtype} {value.layout} tensor can't be stored") from error


def as_type(array: Any, kind: str, bits: str = "") -> Any:
    """An array, or a number of NumPy's, as what it was before: see ``Kind``."""
    if kind == "tensor":
        tensor = torch.from_numpy(np.asarray(array))
        return tensor.view(_BITS[bits]) if bits else tensor
    if kind == "array":
        return np.asarray(array)
    return array[()] if kind == "scalar" else array.item()
