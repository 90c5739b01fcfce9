"""The content of a tensor, of any type and on any device, as plain bytes."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["tensor_bytes"]


def tensor_bytes(tensor: Tensor) -> NDArray[Any]:
    """The bytes of its numbers in their order.

    Raises:
        TypeError: where it holds no plain numbers: sparse, quantized or without data.

    >>> tensor_bytes(torch.tensor([1, 2], dtype=torch.int16)).tolist()
    [1, 0, 2, 0]
    """
    try:
        flat = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        whole = flat if len(flat) else flat.new_empty(0)  # one without numbers may have any strides
        return whole.view(torch.uint8).numpy()
    except (NotImplementedError, RuntimeError) as error:
        raise TypeError(str(error)) from error
