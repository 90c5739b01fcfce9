"""Random numbers in the shape, on the device and in the precision of a tensor."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["exponential", "normal", "uniform"]


def uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Numbers from [0, 1), drawn where ``generator`` is, in float32 at least."""
    return _empty(like, generator).uniform_(generator=generator).to(like.device)


def normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Numbers of the standard normal distribution, likewise."""
    return _empty(like, generator).normal_(generator=generator).to(like.device)


def exponential(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Numbers of the exponential distribution with rate 1, likewise."""
    return _empty(like, generator).exponential_(generator=generator).to(like.device)


def _empty(like: Tensor, generator: torch.Generator | None) -> Tensor:
    device = like.device if generator is None else generator.device
    dtype = torch.promote_types(like.dtype, torch.float32)
    return torch.empty(like.shape, dtype=dtype, device=device)
