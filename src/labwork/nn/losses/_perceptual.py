"""The distance of images in the eyes of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, mul
from typing import Self

from torch import Tensor, nn

from labwork.nn._parameters import freeze
from labwork.nn._standardize import Standardize
from labwork.nn.losses._checks import check_layout, check_same_shape
from labwork.nn.losses._color import color_l1

__all__ = ["PerceptualLoss"]

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class PerceptualLoss(nn.Module):
    """Σ wᵢ·mean|Δᵢ| over the image itself and the feature maps of a frozen network.

    Johnson et al.: Perceptual losses for real-time style transfer and super-resolution, 2016; the
    form is that of Esser et al.: A variational U-Net for conditional appearance and shape
    generation, 2018, with VGG-19's relu1_2, relu2_2, relu3_2, relu4_2 and relu5_2. The network's
    parameters get no gradient, and it stays in evaluation mode; but gradients pass through it to
    both images.

    Args:
        features: takes images and gives feature maps: a tensor, or a sequence or mapping of them.
            It is frozen in place.
        weights: one for the image and one for each feature map, in their order; all 1 without.
        mean: what is subtracted from each channel before, ImageNet's without.
        std: what each channel is divided by then.

    Shape: two batches of images with values in [0, 1], (N, C, H, W), to (N,).

    Raises:
        ValueError: where the images aren't of one shape (N, C, H, W), or there is another number of
            weights.

    >>> import torch
    >>> loss = PerceptualLoss(nn.Conv2d(3, 8, 3))
    >>> image = torch.rand(2, 3, 8, 8, requires_grad=True)
    >>> loss(image, torch.rand(2, 3, 8, 8)).sum().backward()
    >>> image.grad.shape, loss(image, image).tolist()
    (torch.Size([2, 3, 8, 8]), [0.0, 0.0])
    """

    def __init__(
        self,
        features: nn.Module,
        weights: Sequence[float] | None = None,
        *,
        mean: float | Sequence[float] = _IMAGENET_MEAN,
        std: float | Sequence[float] = _IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.standardize = Standardize(mean, std)
        self.features = freeze(features).eval()
        self.weights = None if weights is None else tuple(weights)

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """The distance of each image from its target, (N,)."""
        check_layout("PerceptualLoss", "image", image, "(N, C, H, W)")
        check_same_shape("PerceptualLoss", "image", image, "target", target)
        pairs = zip(self._maps(image), self._maps(target), strict=True)
        distances = [color_l1(a, b) for a, b in pairs]
        weights = (1.0,) * len(distances) if self.weights is None else self.weights
        if len(weights) != len(distances):
            raise ValueError(
                f"PerceptualLoss: weights must be {len(distances)} numbers, for the image and"
                f" {len(distances) - 1} feature maps, not {len(weights)}"
            )
        return reduce(add, map(mul, weights, distances))

    def train(self, mode: bool = True) -> Self:
        """Changes nothing in the network, which stays in evaluation mode."""
        super().train(mode)
        self.features.eval()
        return self

    def extra_repr(self) -> str:
        """The weights, as written."""
        return "" if self.weights is None else f"weights={self.weights}"

    def _maps(self, image: Tensor) -> list[Tensor]:
        x = self.standardize(image)
        maps = self.features(x)
        if isinstance(maps, Tensor):
            return [x, maps]
        return [x, *(maps.values() if isinstance(maps, Mapping) else maps)]
