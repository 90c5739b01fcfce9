"""Class indices as members of classes, and what is said of those that are none."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["no_such_class", "one_hot"]


def one_hot(
    loss: str, label: Tensor, class_count: int, ignore_index: int, dtype: torch.dtype
) -> Tensor:
    """Class indices (N, …) as (N, class_count, …): 1 in the class, 0 elsewhere and where ignored.

    Raises:
        ValueError: where (on the CPU) a label is no class.
    """
    is_labelled = (label != ignore_index).unsqueeze(1)
    index = label.long().unsqueeze(1).where(is_labelled, 0)
    members = torch.zeros(
        (len(label), class_count, *label.shape[1:]), dtype=dtype, device=label.device
    )
    try:
        return members.scatter(1, index, is_labelled.to(dtype))
    except RuntimeError as error:
        raise no_such_class(loss, class_count, ignore_index, error) from error


def no_such_class(loss: str, class_count: int, ignore_index: int, error: Exception) -> ValueError:
    """The error for a label that is no class, to be raised by the caller."""
    known = f"one of the {class_count} classes, 0 to {class_count - 1}"
    return ValueError(
        f"{loss}: a label is neither {known}, nor ignore_index={ignore_index} ({error})"
    )
