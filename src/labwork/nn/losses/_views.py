"""What losses on two views of the same samples have in common."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import precise

__all__ = ["off_diagonal_square_sum", "vectors"]


def vectors(x: Tensor) -> Tensor:
    """Embeddings (N, D, …) as (N·…, D), in which each place is a sample."""
    return precise(x).movedim(1, -1).flatten(0, -2)


def off_diagonal_square_sum(matrix: Tensor) -> Tensor:
    """The sum of the squares of all but the diagonal of a square matrix."""
    size = len(matrix)
    # Cut after each element of the diagonal but the last, which is left out, as is the first.
    return matrix.flatten()[1:].reshape(size - 1, size + 1)[:, :-1].square().sum()
