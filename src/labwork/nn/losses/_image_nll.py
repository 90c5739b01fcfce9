"""The likelihood of images with discrete values under a density."""

from __future__ import annotations

import math

from torch import Tensor

from labwork.core import ConfigError
from labwork.nn._precision import precise
from labwork.nn.losses._checks import check_layout

__all__ = ["bits_per_dimension", "image_nll"]


def bits_per_dimension(log_prob: Tensor, dimension_count: int, *, bin_count: int = 256) -> Tensor:
    """The negative log-likelihood of an image's bins: -(log p(x) - D·log B) / (D·log 2).

    The density p is over values in [0, 1], where a bin is 1/B wide; so the bin's probability is
    about p(x)/B for each dimension. With noise spread over the bin, x = (value + u)/B, the mean
    is an upper bound: Theis et al.: A note on the evaluation of generative models, 2016.

    Args:
        log_prob: the natural logarithm of the density of each image, (N,).
        dimension_count: D, the numbers of an image, C·H·W.
        bin_count: B, the values that a number has, 256 for images of 8 bits.

    Returns:
        bits for each image, (N,).

    Raises:
        ConfigError: where a count is below 1.

    >>> import torch
    >>> bits_per_dimension(torch.zeros(1), 3 * 32 * 32)
    tensor([8.])
    """
    if dimension_count < 1 or bin_count < 1:
        counts = f"{dimension_count!r} and {bin_count!r}"
        raise ConfigError(f"dimension_count and bin_count must be 1 or more, not {counts}")
    return (math.log(bin_count) - precise(log_prob) / dimension_count) / math.log(2)


def image_nll(z: Tensor, ladj: Tensor, *, bin_count: int = 256) -> Tensor:
    """The negative log-likelihood, in bits per dimension, of images that a flow has mapped to z.

    log p(x) = log N(z; 0, 1) + log|det ∂z/∂x|, for x in [0, 1], as ``bits_per_dimension``.
    Dinh et al.: Density estimation using real NVP, 2017, equation 3.

    Args:
        z: latent variables, (N, D, …), as many for an image as it has numbers.
        ladj: the logarithm of the volume change from image to z, (N,).
        bin_count: the values that a number of the image has, 256 for images of 8 bits.

    Returns:
        bits for each image, (N,).

    Raises:
        ValueError: where the shapes don't fit.

    >>> import torch
    >>> image_nll(torch.zeros(1, 3, 4, 4), ladj=torch.zeros(1))
    tensor([9.3257])
    """
    check_layout("image_nll", "z", z, "(N, D, …)")
    if ladj.shape != z.shape[:1]:
        expected, got = tuple(z.shape[:1]), tuple(ladj.shape)
        raise ValueError(f"image_nll: ladj must have the shape {expected}, as z, not {got}")
    log_prob = -(precise(z).square() + math.log(2 * math.pi)).flatten(1).sum(1) / 2
    return bits_per_dimension(log_prob + ladj, z.shape[1:].numel(), bin_count=bin_count)
