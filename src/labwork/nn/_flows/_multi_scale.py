"""MultiScale: levels, after each of which a half of the channels is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import torch
from torch import Size, Tensor

from labwork.core import ConfigError
from labwork.nn._invertible import Invertible, invertible_part
from labwork.nn._precision import precise

__all__ = ["MultiScale"]


class MultiScale(Invertible):
    """Levels of a flow. After each but the last, the first half of the channels is an output.

    All outputs together, flat and in order, are the output. The levels are called ``level0``, ….
    Dinh et al.: Density estimation using real NVP, 2017, section 3.6.

    Args:
        levels: the levels, each of which takes the half that the one before it has left.

    Shape: (N, C, …) to (N, D), with as many numbers.

    Raises:
        ConfigError: where there is no level.

    >>> from labwork.nn import Seq, Squeeze
    >>> flow = MultiScale(Seq(Squeeze()), Seq(Squeeze())).build((1, 1, 8, 8))
    >>> z = flow(torch.zeros(2, 1, 8, 8))
    >>> z.shape, [latent.shape[1:] for latent in flow.unflatten(z)]
    (torch.Size([2, 64]), [torch.Size([2, 4, 4]), torch.Size([8, 2, 2])])
    """

    shapes: tuple[Size, ...]

    def __init__(self, *levels: Invertible) -> None:
        super().__init__()
        if not levels:
            raise ConfigError("MultiScale takes a level or more, such as Seq(Squeeze()), not none")
        for i, level in enumerate(levels):
            self.add_module(f"level{i}", level)

    def setup(self, x: Tensor) -> None:
        """Notes the shapes of the outputs."""
        outputs, _ = self._outputs(x, with_ladj=False)
        self.shapes = tuple(output.shape[1:] for output in outputs)

    def forward(self, x: Tensor) -> Tensor:
        """All outputs together."""
        outputs, _ = self._outputs(x, with_ladj=False)
        return self.flatten(outputs)

    def call_and_ladj(self, x: Tensor) -> tuple[Tensor, Tensor]:
        outputs, ladj = self._outputs(x, with_ladj=True)
        return self.flatten(outputs), ladj

    def inverse_forward(self, y: Tensor) -> Tensor:
        *outputs, x = self.unflatten(y)
        levels = self._levels()
        x = levels[-1].inverse_forward(x)
        for level, output in zip(reversed(levels[:-1]), reversed(outputs), strict=True):
            x = level.inverse_forward(torch.cat((output, x), 1))
        return x

    def flatten(self, outputs: Sequence[Tensor]) -> Tensor:
        """The outputs of the levels as one tensor, (N, D)."""
        return torch.cat([output.flatten(1) for output in outputs], 1)

    def unflatten(self, y: Tensor) -> list[Tensor]:
        """The outputs of the levels, each in its shape."""
        parts = y.split([prod(shape) for shape in self.shapes], 1)
        return [part.unflatten(1, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def parts_without_inverse(self, path: str = "ROOT") -> Iterator[str]:
        for name, level in self.named_children():
            yield from invertible_part(level).parts_without_inverse(f"{path}.{name}")

    def _outputs(self, x: Tensor, *, with_ladj: bool) -> tuple[list[Tensor], Tensor]:
        outputs, total = [], precise(x.new_zeros(x.shape[0]))
        levels = self._levels()
        for i, level in enumerate(levels):
            if with_ladj:
                x, ladj = level.call_and_ladj(x)
                total = total + ladj
            else:
                x = level(x)
            if i < len(levels) - 1:
                output, x = x.tensor_split([x.shape[1] // 2], 1)
                outputs.append(output)
        return [*outputs, x], total

    def _levels(self) -> list[Invertible]:
        # Not children(), which has a module that is two levels once.
        return [invertible_part(level) for level in self._modules.values()]  # type: ignore[arg-type]
