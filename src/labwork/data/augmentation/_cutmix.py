"""CutMix: a rectangle of another image, and its share of the label."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._mixing import Mixing, Pairs
from labwork.data.augmentation._rectangles import inside

__all__ = ["CutMix"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class CutMix(Mixing):
    """Puts a rectangle of another image of the batch into each: ``M x + (1 - M) x'``.

    With λ from Beta(α, α) the rectangle is ``W sqrt(1 - λ)`` wide and ``H sqrt(1 - λ)`` high
    about a uniform place, and cut at the border; λ then becomes the share of pixels that are the
    image's own, and labels mix as ``λ y + (1 - λ) y'``. From Yun et al.: CutMix: Regularization
    strategy to train strong classifiers with localizable features, 2019, equations (1) and (2).
    Partners, reproducibility and labels are as in ``Mixup``. Label maps are cut along with the
    images, and need no ``class_count``.

    Args:
        alpha: α, from 0.001 to 1000; the paper takes 1.
        p: the probability that a sample is mixed, from 0 to 1.
        class_count: the number of classes; by default what the dataset's ``info`` says.
        image: the field of images (N, C, H, W), floating point.
        label: the field of classes (N,), of soft labels (N, C), or of label maps (N, H, W).

    Raises:
        ConfigError: as ``Mixup``.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> dataset = ArrayDataset(image=torch.rand(4, 1, 8, 8), label=[0, 1, 2, 0])
    >>> batch = dataset.augment(CutMix(class_count=3)).__getitems__([0, 1, 2, 3])
    >>> batch.label.shape
    torch.Size([4, 3])
    """

    takes_maps: ClassVar[bool] = True

    def mix(
        self, pairs: Pairs, weights: NDArray[np.float64], rng: Draws
    ) -> tuple[list[Tensor], NDArray[np.float64]]:
        height, width = pairs[0][0].shape[-2:]
        size = np.array([width, height])
        centres = rng.uniform(size=(2,)) * size
        halves = 0.5 * size * np.sqrt(1 - weights)[:, None]
        starts, ends = (np.rint(centre) for centre in (centres - halves, centres + halves))
        mask = inside(starts.astype(np.int64), ends.astype(np.int64), (height, width))
        mixed = [_pasted(own, other, mask) for own, other in pairs]
        return mixed, 1 - mask.double().mean((1, 2)).numpy()


def _pasted(own: Tensor, other: Tensor, mask: Tensor) -> Tensor:
    taken = mask.reshape(len(mask), *[1] * (own.ndim - 3), *mask.shape[1:])
    return other.where(taken.to(own.device), own)
