"""The data: small images of discs and squares, which are drawn here."""

import torch
from torch import Tensor

from labwork.core import unknown_name
from labwork.data import ArrayDataset

__all__ = ["Shapes"]

COUNTS = {"train": 1024, "val": 256, "test": 256}
SIZE = 16


class Shapes(ArrayDataset):
    """Grey images of discs (class 0) and squares (class 1) of random place and size, with noise.

    Fields: ``image``, float32 of shape (1, 16, 16) in [0, 1], and ``label``, int64.

    Args:
        subset: ``train`` (1,024 images), ``val`` (256) or ``test`` (256).
        noise: the standard deviation of the noise.

    >>> shapes = Shapes("val")
    >>> shapes, len(shapes), shapes[0].image.shape
    (Shapes('val'), 256, torch.Size([1, 16, 16]))
    """

    def __init__(self, subset: str, noise: float = 0.1) -> None:
        if subset not in COUNTS:
            raise unknown_name("subset", subset, COUNTS, "Shapes")
        # Numbers of its own for each subset, the same ones each time.
        generator = torch.Generator().manual_seed(list(COUNTS).index(subset))
        label = torch.randint(2, (COUNTS[subset],), generator=generator)
        image = _draw(label, generator)
        image = image + noise * torch.randn(image.shape, generator=generator)
        super().__init__({"class_count": 2}, image=image.clamp(0, 1), label=label)
        self._subset = subset

    def __repr__(self) -> str:
        return f"Shapes({self._subset!r})"


def _draw(label: Tensor, generator: torch.Generator) -> Tensor:
    """Images of shape (N, 1, SIZE, SIZE); discs and squares have the same area."""
    count = len(label)
    radius = 2.5 + 2 * torch.rand(count, 1, 1, generator=generator)
    centre = SIZE * (0.3 + 0.4 * torch.rand(2, count, 1, 1, generator=generator))
    x, y = (torch.arange(SIZE) - centre[0]).abs(), (torch.arange(SIZE)[:, None] - centre[1]).abs()
    disc = x**2 + y**2 <= radius**2
    square = torch.maximum(x, y) <= radius * torch.pi**0.5 / 2
    return torch.where(label[:, None, None] == 1, square, disc).float()[:, None]
