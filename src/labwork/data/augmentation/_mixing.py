"""What mixing samples of a batch has in common: partners, and the labels of two."""

from abc import abstractmethod
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from labwork.core import ConfigError, unknown_name
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._augmentation import Augmentation
from labwork.data.augmentation._beta import beta_quantiles
from labwork.data.augmentation._checks import at_least, between
from labwork.data.augmentation._draws import Draws, batch_shape

__all__ = ["Mixing"]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class Mixing(Augmentation):
    """Mixes each sample of a batch with another one of the batch."""

    alpha: float = 1.0
    p: float = 1.0
    class_count: int | None = field(default=None, kw_only=True)
    image: str = field(default="image", kw_only=True)
    label: str = field(default="label", kw_only=True)

    def __post_init__(self) -> None:
        between(self, 1e-3, 1e3, alpha=self.alpha)
        between(self, 0, 1, p=self.p)
        if self.class_count is not None:
            at_least(self, 1, class_count=self.class_count)

    @abstractmethod
    def mix(
        self, images: Tensor, others: Tensor, weights: Numbers, rng: Draws
    ) -> tuple[Tensor, Numbers]:
        """The mixed images, and how much of each is its own: (N, C, H, W) and (N,)."""

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        images, labels = self._fields(record, batch_shape(rng))
        draws = Draws(rng)
        partners = torch.from_numpy(draws.positions(np.full((draws.count, 1), len(images) - 1)))
        partners = partners[:, 0].to(images.device)
        weights = beta_quantiles(self.alpha, draws.uniform())
        weights = np.where(draws.coins(self.p), weights, 1.0)
        mixed, weights = self.mix(images, images[partners], weights, draws)
        new = self._label(labels, labels[partners], torch.from_numpy(weights).float())
        return record.join(Record({self.image: mixed}), new, overwrite=True)

    def _fields(self, record: Record, lead: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        name = type(self).__name__
        if not lead:
            raise ConfigError(
                f"{name} mixes the samples of a batch, and got a single one; the dataset before it"
                " must fetch by batches (can_batch), with functions that are batched"
            )
        for wanted in (self.image, self.label):
            if wanted not in record:
                raise unknown_name("field", wanted, record.keys(), name)
        images, labels = record[self.image], record[self.label]
        if not isinstance(images, Tensor) or images.ndim < 4 or not images.is_floating_point():
            raise ConfigError(f"{name}: {self.image!r} must be floating point, (N, C, H, W)")
        if not isinstance(labels, Tensor) or labels.ndim > 2:
            raise ConfigError(f"{name}: {self.label!r} must be classes (N,) or soft labels (N, C)")
        return images, labels

    def _label(self, own: Tensor, other: Tensor, weights: Tensor) -> Record:
        weights = weights.to(own.device)
        if self.class_count is None and own.ndim == 1:
            return Record({self.label: own, f"other_{self.label}": other, "weight": weights})
        soft, other_soft = (self._soft(labels) for labels in (own, other))
        return Record({self.label: torch.lerp(other_soft, soft, weights[:, None].to(soft.dtype))})

    def _soft(self, labels: Tensor) -> Tensor:
        if labels.ndim == 2:
            return labels
        assert self.class_count is not None
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.class_count:
            span = f"{int(labels.min())} to {int(labels.max())}"
            message = f"class_count is {self.class_count}, and labels go from {span}"
            raise ConfigError(f"{type(self).__name__}: {message}")
        return F.one_hot(labels.long(), self.class_count).float()
