"""PadChannels: room for more channels, from which there is a way back."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

from labwork.core import ConfigError
from labwork.nn._invertible import Invertible
from labwork.nn._precision import precise

__all__ = ["PadChannels"]


class PadChannels(Invertible):
    """Channels of zeros beside those that there are: an injection.

    The way back leads from what it gives to what it got, but not all of the space that it leads
    to is reached; so there is no volume change. Jacobsen et al.: i-RevNet, 2018, section 3.1.

    Args:
        count: how many.
        first: whether they come before the others, instead of after them.

    Shape: (N, C, …) to (N, C + count, …).

    >>> import torch
    >>> PadChannels(2)(torch.ones(1, 1))
    tensor([[1., 0., 0.]])
    """

    def __init__(self, count: int, *, first: bool = False) -> None:
        super().__init__()
        if count < 0:
            raise ConfigError(f"PadChannels takes a count of 0 or more, not {count}")
        self.count = count
        self.first = first

    def forward(self, x: Tensor) -> Tensor:
        """``x`` and zeros."""
        sides = (self.count, 0) if self.first else (0, self.count)
        return pad(x, (0, 0) * (x.ndim - 2) + sides)

    def inverse_forward(self, y: Tensor) -> Tensor:
        return y[:, self.count :] if self.first else y[:, : y.shape[1] - self.count]

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """There is none.

        Raises:
            ConfigError: where there are channels to add.
        """
        if self.count:
            wanted = x.shape[1] + self.count
            raise ConfigError(
                f"there is no volume change from {x.shape[1]} to {wanted} channels: PadChannels is"
                " injective only; ask the part after it"
            )
        return x, precise(x.new_zeros(x.shape[0]))

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.count}, first=True" if self.first else str(self.count)
