"""Reshape: another shape for each of the inputs."""

from __future__ import annotations

from torch import Size, Tensor

from labwork.nn._invertible import VolumePreserving

__all__ = ["Reshape"]


class Reshape(VolumePreserving):
    """Another shape for each input; the batch stays as it is.

    Args:
        *shape: what follows N; one of the sizes may be -1, which is inferred.

    Shape: (N, …) to (N, …) with that shape. The way back leads to the shape that it was built for.

    >>> import torch
    >>> flatten = Reshape(-1)
    >>> flatten(torch.zeros(2, 3, 4)).shape, flatten.inverse(torch.zeros(5, 12)).shape
    (torch.Size([2, 12]), torch.Size([5, 3, 4]))
    """

    before: Size
    after: Size

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def setup(self, x: Tensor) -> None:
        """Notes the shapes of an input and of an output."""
        self.before = x.shape[1:]
        self.after = x[:1].reshape(1, *self.shape).shape[1:]

    def forward(self, x: Tensor) -> Tensor:
        """``x`` in the other shape."""
        return x.reshape(x.shape[0], *self.after)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return y.reshape(y.shape[0], *self.before)

    def extra_repr(self) -> str:
        """The arguments."""
        return ", ".join(map(str, self.shape))
