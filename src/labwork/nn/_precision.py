"""Numbers that are wide enough for sums, exponentials and products."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["multiply", "precise"]

_NARROW = (torch.float16, torch.bfloat16)


def precise(x: Tensor) -> Tensor:
    """``x`` in float32 where it has fewer bits, otherwise as it is."""
    return x.float() if x.dtype in _NARROW else x


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product, with the precision of the factors under autocast too."""
    with torch.autocast(a.device.type, enabled=False):
        return a @ b
