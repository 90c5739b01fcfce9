"""What is thought of the code of a stage, given the pose: the means of unit Gaussians."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from labwork.models._convolutional import Factory, conv_keeping_size
from labwork.nn import Module, Squeeze

__all__ = ["AutoregressivePrior", "Prior", "draw"]


def draw(mean: Tensor) -> Tensor:
    """A sample of the Gaussian with this mean and deviation 1 in each dimension."""
    return mean + torch.randn_like(mean)


class Prior(Module):
    """The features are the mean.

    Shape: features and, if it is known, a code (N, C, H, W) to the mean and a code of that shape;
    where it isn't known it is drawn.
    """

    def forward(self, features: Tensor, code: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The mean, and the code."""
        return features, draw(features) if code is None else code


class AutoregressivePrior(Module):
    """Each of four pixels has a mean that depends on the pixels before.

    The mean of the first comes from the features; that of each other one from the mean before and
    the pixel itself that it belongs to, by a block of its own. Where features are larger than 2×2,
    this holds in each 2×2 square.

    Args:
        block_f: makes a block.
        conv_f: makes the convolution, which has a bias.

    Shape: features and, if it is known, a code (N, C, 2, 2) to the mean and a code of that shape;
    where it isn't known it is drawn pixel by pixel.
    """

    def __init__(self, *, block_f: Factory, conv_f: Factory) -> None:
        super().__init__()
        self._conv_f = conv_f
        self.squeeze = Squeeze(order="place")
        self.block = block_f()
        self.others = nn.ModuleList(block_f() for _ in range(3))

    def setup(self, features: Tensor, code: Tensor | None = None) -> None:
        """Makes the convolution for the number of channels."""
        width = features.shape[1]
        self.gather = conv_keeping_size(self._conv_f, 4 * width, width, 1, bias=True)

    def forward(self, features: Tensor, code: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The means, and the code."""
        known = [None] * 4 if code is None else self.squeeze(code).chunk(4, 1)
        means: list[Tensor] = [self.gather(self.squeeze(self.block(features)))]
        pixels: list[Tensor] = []
        for i, pixel in enumerate(known):
            if i:
                means.append(self.others[i - 1](means[-1], pixels[-1]))
            pixels.append(draw(means[-1]) if pixel is None else pixel)
        return self._merge(means), self._merge(pixels)

    def _merge(self, pixels: list[Tensor]) -> Tensor:
        return self.squeeze.inverse_forward(torch.cat(pixels, 1))
