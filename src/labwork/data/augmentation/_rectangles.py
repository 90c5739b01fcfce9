"""Rectangles of pixels as masks."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["inside"]


def inside(starts: NDArray[np.int64], ends: NDArray[np.int64], size: tuple[int, int]) -> Tensor:
    """True in [start, end), shape (N, height, width); both ends are (N, 2), given as (x, y)."""
    columns, rows = np.arange(size[1]), np.arange(size[0])
    in_x = (columns >= starts[:, :1]) & (columns < ends[:, :1])
    in_y = (rows >= starts[:, 1:]) & (rows < ends[:, 1:])
    return torch.from_numpy(in_y[:, :, None] & in_x[:, None, :])
