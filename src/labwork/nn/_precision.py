"""Numbers that are wide enough for sums, exponentials and products."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

__all__ = ["multiply", "precise", "without_autocast"]

_NARROW = (torch.float16, torch.bfloat16)


def precise(x: Tensor) -> Tensor:
    """``x`` in float32 where it has fewer bits, otherwise as it is."""
    return x.float() if x.dtype in _NARROW else x


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product, with the precision of the factors under autocast too."""
    with without_autocast(a):
        return a @ b


def without_autocast(x: Tensor) -> AbstractContextManager[object]:
    """Within, autocast leaves what is computed on the device of ``x`` as precise as it is given."""
    kind = x.device.type
    is_available = torch.amp.is_autocast_available(kind)  # not on the meta device
    return torch.autocast(kind, enabled=False) if is_available else nullcontext()
