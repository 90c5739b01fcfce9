"""Combinations of perturbations that are in use."""

from __future__ import annotations

from collections.abc import Callable

from labwork.nn.perturbations._chain import Chain
from labwork.nn.perturbations._clamp import Clamp
from labwork.nn.perturbations._color import HSV, Contrast
from labwork.nn.perturbations._elementwise import Gamma
from labwork.nn.perturbations._perturbation import Perturbation
from labwork.nn.perturbations._tps import TPSWarp

__all__ = ["photometric_geometric", "photometric_jitter"]

Make = Callable[[], Perturbation]


def photometric_jitter(
    *,
    color_f: Make | None = HSV,
    contrast_f: Make | None = Contrast,
    gamma_f: Make | None = Gamma,
    clamp_f: Make | None = Clamp,
) -> Chain:
    """A ``Chain`` of changes of colour, contrast and gamma, in [0, 1].

    Args:
        color_f: makes the part ``color``; None leaves it out.
        contrast_f: makes the part ``contrast``, likewise.
        gamma_f: makes the part ``gamma``, likewise.
        clamp_f: makes the part ``clamp``, likewise; it comes before ``gamma``.

    Shape: (N, 3, H, W), in [0, 1].

    >>> [name for name, _ in photometric_jitter(gamma_f=None).named_children()]
    ['color', 'contrast', 'clamp']
    """
    return _chain(color=color_f, contrast=contrast_f, clamp=clamp_f, gamma=gamma_f)


def photometric_geometric(
    *, photometric_f: Make | None = HSV, geometric_f: Make | None = TPSWarp
) -> Chain:
    """A ``Chain`` of a change of values and a change of places.

    By default the perturbation for consistency of Grubišić et al.: A baseline for semi-supervised
    learning of efficient semantic segmentation models, 2021: hue, saturation and value, and a thin
    plate spline. ``geometric_f=SmoothWarp`` makes it an elastic one.

    Args:
        photometric_f: makes the part ``photometric``; None leaves it out.
        geometric_f: makes the part ``geometric``, likewise.

    Shape: (N, 3, H, W), in [0, 1].

    >>> import torch
    >>> x, label = torch.rand(2, 3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.long)
    >>> new, moved = photometric_geometric().reset(x).init_()(x, label)
    >>> new.shape, moved.shape
    (torch.Size([2, 3, 8, 8]), torch.Size([2, 8, 8]))
    """
    return _chain(photometric=photometric_f, geometric=geometric_f)


def _chain(**factories: Make | None) -> Chain:
    return Chain({name: make() for name, make in factories.items() if make is not None})
