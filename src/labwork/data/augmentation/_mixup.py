"""Mixup: weighted means of images and labels."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._mixing import Mixing, Pairs

__all__ = ["Mixup"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class Mixup(Mixing):
    """Weighted means of images and of labels: ``λ x + (1 - λ) x'`` and ``λ y + (1 - λ) y'``.

    λ is drawn from Beta(α, α) and the partner x' from the batch, for each sample from its own
    random numbers. So λ depends on (seed, epoch, index) alone, and the partner too, as a place in
    the batch; who stands there depends on the order of the epoch and the batch size. Both are the
    same after resuming and with any number of workers; on several devices the batch is that of one
    of them, so partners change with their number. From Zhang et al.: mixup: Beyond empirical
    risk minimization, 2018, equation (2), which has one λ for a batch and a permutation instead.

    Classes become soft labels, (N, class_count), which ``cross_entropy`` takes as it takes classes.
    Labels that are floating point already mix as they are.

    Args:
        alpha: α, from 0.001 to 1000; the paper takes 0.1 to 0.4 for ImageNet and 1 for CIFAR.
        p: the probability that a sample is mixed, from 0 to 1.
        class_count: the number of classes; by default what the dataset's ``info`` says.
        image: the field of images (N, C, H, W), floating point.
        label: the field of classes (N,) or of soft labels (N, C).

    Raises:
        ConfigError: where it gets a single sample, since that has no partner, or classes of which
            nothing says how many there are.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> info = {"class_count": 3}
    >>> dataset = ArrayDataset(info, image=torch.rand(4, 1, 2, 2), label=[0, 1, 2, 0])
    >>> batch = dataset.augment(Mixup(0.2)).__getitems__([0, 1, 2, 3])
    >>> batch.label.shape, batch.label.sum(1)
    (torch.Size([4, 3]), tensor([1., 1., 1., 1.]))
    """

    def mix(
        self, pairs: Pairs, weights: NDArray[np.float64], rng: Draws
    ) -> tuple[list[Tensor], NDArray[np.float64]]:
        ((images, others),) = pairs
        own = torch.from_numpy(weights).to(images).reshape(-1, *[1] * (images.ndim - 1))
        return [torch.lerp(others, images, own)], weights
