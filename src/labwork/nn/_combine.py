"""Sum, Concat, Split: several tensors from one, and one from several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._module import Module
from labwork.nn._script import refuse_script

__all__ = ["Concat", "Split", "Sum"]


class Sum(Module):
    """The sum of a list of tensors of one shape.

    Raises:
        ConfigError: where the list is empty, or two shapes differ.

    >>> import torch
    >>> Sum()([torch.ones(1), torch.ones(1)])
    tensor([2.])
    """

    __prepare_scriptable__ = refuse_script

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """The sum, in the order of the list."""
        if not len(inputs):
            raise ConfigError("there is nothing to sum in an empty list")
        total = inputs[0]
        for x in inputs[1:]:
            if x.shape != total.shape:
                shapes = f"{tuple(total.shape)} and {tuple(x.shape)}"
                raise ConfigError(f"Sum takes tensors of one shape, not of {shapes}")
            total = total + x
        return total


class Concat(Module):
    """A list of tensors, one after the other along a dimension.

    Args:
        dim: the dimension; 1 is that of the channels.

    >>> import torch
    >>> Concat()([torch.zeros(2, 3, 4, 4), torch.zeros(2, 5, 4, 4)]).shape
    torch.Size([2, 8, 4, 4])
    """

    __prepare_scriptable__ = refuse_script

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Of shapes (N, C_i, …) to (N, ΣC_i, …)."""
        return torch.cat(list(inputs), self.dim)

    def extra_repr(self) -> str:
        """The arguments, as written."""
        return f"dim={self.dim}"


class Split(Module):
    """A tensor cut into several along a dimension.

    Args:
        sizes: of the parts; or the size of each.
        dim: the dimension; 1 is that of the channels.

    >>> import torch
    >>> [x.shape[1] for x in Split([3, 5])(torch.zeros(2, 8, 4, 4))]
    [3, 5]
    """

    def __init__(self, sizes: int | Sequence[int], dim: int = 1) -> None:
        super().__init__()
        self.sizes = sizes if isinstance(sizes, int) else list(sizes)
        self.dim = dim

    def forward(self, x: Tensor) -> list[Tensor]:
        """Of shape (N, ΣC_i, …) to (N, C_i, …)."""
        return list(x.split(self.sizes, self.dim))

    def extra_repr(self) -> str:
        """The arguments, as written."""
        return f"{self.sizes}, dim={self.dim}"
