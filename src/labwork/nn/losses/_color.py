"""Distances of images, pixel by pixel."""

from __future__ import annotations

from torch import Tensor

from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_layout, check_same_shape

__all__ = ["color_gradient", "color_l1", "color_l2"]


def color_l1(image: Tensor, target: Tensor) -> Tensor:
    """The mean absolute difference of images.

    Args:
        image: (N, C, H, W), or any shape (N, D, …).
        target: likewise.

    Returns:
        a number for each image, (N,).

    Raises:
        ValueError: where they aren't of one such shape.

    >>> import torch
    >>> color_l1(torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), -2.0))
    tensor([2.])
    """
    check_layout("color_l1", "image", image, "(N, D, …)")
    check_same_shape("color_l1", "image", image, "target", target)
    return (precise(image) - precise(target)).abs().flatten(1).mean(1)


def color_l2(image: Tensor, target: Tensor) -> Tensor:
    """The mean squared difference of images.

    Args:
        image: (N, C, H, W), or any shape (N, D, …).
        target: likewise.

    Returns:
        a number for each image, (N,).

    Raises:
        ValueError: where they aren't of one such shape.

    >>> import torch
    >>> color_l2(torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), -2.0))
    tensor([4.])
    """
    check_layout("color_l2", "image", image, "(N, D, …)")
    check_same_shape("color_l2", "image", image, "target", target)
    return (precise(image) - precise(target)).square().flatten(1).mean(1)


def color_gradient(image: Tensor, target: Tensor) -> Tensor:
    """How much images differ in the strength of their edges.

    The mean absolute difference of |∂x|, the absolute differences of horizontal neighbours, plus
    that of |∂y|.

    Args:
        image: (N, C, H, W), with H and W of 2 or more.
        target: likewise.

    Returns:
        a number for each image, (N,).

    Raises:
        ValueError: where the shapes differ or the images are too small.

    >>> import torch
    >>> stripes = torch.tensor([0.0, 1.0, 0.0]).expand(1, 3, 2, 3)
    >>> color_gradient(stripes, 0 * stripes), color_gradient(stripes, 1 - stripes)
    (tensor([1.]), tensor([0.]))
    """
    check_same_shape("color_gradient", "image", image, "target", target)
    if image.ndim != 4 or min(image.shape[2:]) < 2:
        shape = tuple(image.shape)
        raise ValueError(f"color_gradient: images must be (N, C, H, W), H and W ≥ 2, not {shape}")
    a, b = precise(image), precise(target)
    vertical = color_l1(a.diff(dim=2).abs(), b.diff(dim=2).abs())
    horizontal = color_l1(a.diff(dim=3).abs(), b.diff(dim=3).abs())
    return vertical + horizontal
