"""What mixing samples of a batch has in common: partners, and the labels of two."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

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
from labwork.data.augmentation._fields import refuse_channels_last

__all__ = ["Mixing", "Pairs"]

Numbers = NDArray[np.float64]
Pairs = Sequence[tuple[Tensor, Tensor]]


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

    takes_maps: ClassVar[bool] = False

    @abstractmethod
    def mix(self, pairs: Pairs, weights: Numbers, rng: Draws) -> tuple[list[Tensor], Numbers]:
        """What is mixed of each pair, and how much of each sample is its own, shape (N,).

        Args:
            pairs: own and other images (N, C, H, W), then label maps (N, H, W) where they are.
            weights: how much is to be of the sample itself, shape (N,).
            rng: what numbers are drawn from.
        """

    @property
    def runs_code(self) -> bool:
        return False

    def for_data(self, info: Mapping[str, Any]) -> Self:
        """The same, with the dataset's number of classes where none was given."""
        if self.class_count is not None:
            return self
        return replace(self, class_count=info.get("class_count"))

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        images, labels = self._fields(record, batch_shape(rng))
        draws = Draws(rng)
        partners = torch.from_numpy(draws.positions(np.full((draws.count, 1), len(images) - 1)))
        partners = partners[:, 0].to(images.device)
        weights = beta_quantiles(self.alpha, draws.uniform())
        weights = np.where(draws.coins(self.p), weights, 1.0)
        fields = {self.image: images} | ({self.label: labels} if labels.ndim > 2 else {})
        pairs = [(own, own[partners]) for own in fields.values()]
        values, weights = self.mix(pairs, weights, draws)
        mixed = Record(dict(zip(fields, values, strict=True)))
        if self.label not in mixed:
            mixed = mixed.join(Record({self.label: self._label(labels, partners, weights)}))
        return record.join(mixed, overwrite=True)

    def _fields(self, record: Record, lead: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        name = type(self).__name__
        if not lead:
            raise ConfigError(
                f"{name} mixes the samples of a batch, and got a single one: take a batch, such as"
                " dataset.__getitems__([0, 1]) or a loader's; a function before it that makes"
                " samples come one by one needs batched=True"
            )
        for wanted in (self.image, self.label):
            if wanted not in record:
                raise unknown_name("field", wanted, record.keys(), name)
        images, labels = record[self.image], record[self.label]
        if not isinstance(images, Tensor) or images.ndim < 4 or not images.is_floating_point():
            raise ConfigError(f"{name}: {self.image!r} must be floating point, (N, C, H, W)")
        refuse_channels_last(self.image, images)
        self._check_labels(images, labels)
        return images, labels

    def _check_labels(self, images: Tensor, labels: Any) -> None:
        is_map = isinstance(labels, Tensor) and labels.ndim > 2
        if not (is_map and self.takes_maps) and not _is_mixable(labels):
            kinds = "classes (N,) or soft labels (N, C)" + ", or maps" * self.takes_maps
            raise ConfigError(f"{type(self).__name__}: {self.label!r} must be {kinds}")
        if is_map and labels.shape[-2:] != images.shape[-2:]:
            sizes = f"{tuple(images.shape)} and {tuple(labels.shape)}"
            message = f"images and label maps must have one size, not {sizes}"
            raise ConfigError(f"{type(self).__name__}: {message}")

    def _label(self, labels: Tensor, partners: Tensor, weights: Numbers) -> Tensor:
        soft = self._soft(labels)
        shares = torch.from_numpy(weights).to(soft).reshape(-1, *[1] * (soft.ndim - 1))
        return torch.lerp(soft[partners], soft, shares)

    def _soft(self, labels: Tensor) -> Tensor:
        if labels.is_floating_point():
            return labels
        name = type(self).__name__
        if self.class_count is None:
            raise ConfigError(
                f"{name}: {self.label!r} holds classes, and how many there are isn't known: write"
                f" {name}(class_count=…), or augment a dataset whose info says class_count"
            )
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.class_count:
            span = f"{int(labels.min())} to {int(labels.max())}"
            raise ConfigError(
                f"{name}: class_count is {self.class_count}, and labels go from {span}"
            )
        return F.one_hot(labels.long(), self.class_count).float()


def _is_mixable(labels: object) -> bool:
    """Whether they are classes (N,), or numbers of which a weighted mean is one of their kind."""
    if not isinstance(labels, Tensor):
        return False
    return labels.ndim == 1 or (labels.ndim == 2 and labels.is_floating_point())
