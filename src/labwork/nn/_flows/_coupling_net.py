"""CouplingNet: the network of a coupling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._module import Module
from labwork.nn._seq import Seq

__all__ = ["CouplingNet"]

Layer = Callable[[int, int], nn.Conv2d | nn.Linear]


class CouplingNet(Module):
    """Layers the last of which begins with zeros, so that a coupling begins as the identity.

    For images they are convolutions, by default with kernels 3, 1 and 3, as in Kingma and
    Dhariwal: Glow, 2018, appendix B; for vectors, linear layers.

    Args:
        out_channels: channels to give.
        width: of the hidden layers.
        depth: hidden layers.
        act_f: makes an activation.

    Shape: (N, C, H, W) to (N, out_channels, H, W), or (N, C) to (N, out_channels).

    Raises:
        ConfigError: where the input has another number of dimensions.

    >>> import torch
    >>> CouplingNet(6, width=16)(torch.ones(1, 2, 4, 4)).abs().sum().item()
    0.0
    """

    def __init__(
        self,
        out_channels: int,
        *,
        width: int = 64,
        depth: int = 2,
        act_f: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.width = width
        self.depth = depth
        self._act_f = act_f

    def setup(self, x: Tensor) -> None:
        """Makes the layers, for the number of channels and of dimensions."""
        if x.ndim not in (2, 4):
            raise ConfigError(
                f"CouplingNet takes (N, C) or (N, C, H, W), not {tuple(x.shape)}; give the coupling"
                " another net_f"
            )
        outer: Layer = nn.Linear if x.ndim == 2 else partial(nn.Conv2d, kernel_size=3, padding=1)
        inner: Layer = nn.Linear if x.ndim == 2 else partial(nn.Conv2d, kernel_size=1)
        self.layers = Seq()
        channels = x.shape[1]
        for i in range(self.depth):
            layer = (inner if i else outer)(channels, self.width)
            self.layers.append(layer, f"layer{i}").append(self._act_f(), f"act{i}")
            channels = self.width
        last = outer(channels, self.out_channels)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.layers.append(last, "last")

    def forward(self, x: Tensor) -> Tensor:
        """What the layers make of ``x``."""
        return self.layers(x)
