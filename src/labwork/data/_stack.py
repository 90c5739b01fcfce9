"""What becomes of the values of one field in a batch: stacked, padded or listed."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["listed", "misfit", "padded", "stack"]


def stack(name: str, values: list[Any]) -> Any:
    """Arrays and numbers as a tensor with the samples in front; the rest as it is."""
    first = values[0]
    try:
        if isinstance(first, Tensor):
            return torch.stack(values)
        if isinstance(first, np.ndarray):
            return torch.from_numpy(np.stack(values))
        if isinstance(first, bool | int | float | np.number | np.bool_):
            return torch.from_numpy(np.asarray(values))
    except (RuntimeError, ValueError, TypeError) as error:
        raise misfit(name, values) from error
    return values


def listed(values: list[Any]) -> list[Any]:
    """The values, with arrays as tensors."""
    return [torch.from_numpy(v) if _is_numeric(v) else v for v in values]


def padded(name: str, values: list[Any], fill: float) -> tuple[Tensor, Tensor]:
    """Arrays padded at the end of each dimension to the largest, and where there was something.

    Both have the shape (N, ...); the mask is bool.
    """
    try:
        tensors = [torch.as_tensor(value) for value in values]
        shape = np.max([tensor.shape for tensor in tensors], axis=0).astype(int).tolist()
        if len({tensor.dtype for tensor in tensors}) > 1:
            raise TypeError("several dtypes")
        joined = _full([len(tensors), *shape], fill, tensors[0].dtype)
    except (RuntimeError, ValueError, TypeError) as error:
        raise misfit(name, values, f" and padded with {fill}") from error
    mask = torch.zeros(joined.shape, dtype=torch.bool)
    for row, tensor in enumerate(tensors):
        place: Any = (row, *map(slice, tensor.shape))
        joined[place], mask[place] = tensor, True
    return joined, mask


def _full(shape: list[int], fill: float, dtype: torch.dtype) -> Tensor:
    full = torch.full(shape, fill, dtype=dtype)
    is_rounded = dtype.is_floating_point or dtype.is_complex
    if not is_rounded and torch.full((), fill, dtype=dtype).item() != fill:
        raise ValueError(f"{fill} is no number of {dtype}")  # PyTorch would make -1 a 255
    return full


def misfit(name: str, values: list[Any], how: str = "") -> ValueError:
    """The error for values that don't fit together, to be raised by the caller."""
    first_places: dict[str, int] = {}
    for place, value in enumerate(values):
        first_places.setdefault(_kind(value), place)
    kinds = ", ".join(f"{kind} at {place}" for kind, place in first_places.items())
    are_arrays = all(isinstance(value, Tensor | np.ndarray) for value in values)
    hint = (
        "; where sizes differ, ask for a list by collate_f=partial(collate,"
        f" ragged=[{name!r}]), or for padding by collate_f=partial(collate, pad={{{name!r}: 0}})"
    )
    return ValueError(
        f"field {name!r} can't be stacked{how} to a batch: its samples are {kinds}"
        f"{hint if are_arrays and not how else ''}"
    )


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _kind(value: Any) -> str:
    shape = getattr(value, "shape", None)
    dtype = f" {value.dtype}" if isinstance(value, Tensor | np.ndarray) else ""
    return f"{type(value).__name__}{'' if shape is None else tuple(shape)}{dtype}"
