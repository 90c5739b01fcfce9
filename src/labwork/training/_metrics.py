"""Metrics: numbers that are gathered over batches."""

import math
from abc import abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor

from labwork.core import Node

__all__ = ["ClassificationAccuracy", "MeanLoss", "Metric"]


class Metric(Node):
    """A number that is gathered over batches, on the device where the batches are.

    Attributes:
        name: what the number is called in reports.
        higher_is_better: the direction of better values.
    """

    name: ClassVar[str]
    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def update(self, result: Any) -> None:
        """Takes in what a step returned."""

    @abstractmethod
    def compute(self) -> Tensor:
        """The value over all that was taken in since the last reset, a scalar tensor."""

    @abstractmethod
    def reset(self) -> None:
        """Forgets all."""


class _Mean(Metric):
    """A quotient of two sums, kept in float64 so that a million batches don't blur it."""

    state_fields = ("total", "count")

    def __init__(self) -> None:
        self.reset()

    def compute(self) -> Tensor:
        """The mean, float64; NaN where nothing was taken in."""
        if isinstance(self.total, Tensor) or isinstance(self.count, Tensor):
            return torch.true_divide(self.total, self.count)  # on the device: nobody waits
        value = self.total / self.count if self.count else math.nan
        return torch.tensor(value, dtype=torch.float64)

    def reset(self) -> None:
        """Forgets all."""
        self.total: Tensor | float = 0.0
        self.count: Tensor | float = 0

    def _add(self, total: Tensor | float, count: Tensor | float) -> None:
        self.total = self.total + total
        self.count = self.count + count


def _number(value: Tensor) -> Tensor | float:
    """A number where reading it makes nobody wait, else a tensor that stays on its device."""
    return value.item() if value.is_cpu else value.double()


class ClassificationAccuracy(_Mean):
    """The part of the samples whose highest score is that of the right class, from 0 to 1.

    The result's ``out`` holds scores, shape (N, C), and ``label`` classes, shape (N,); samples
    with the label -1 are left out.

    >>> from labwork.data import Record
    >>> accuracy = ClassificationAccuracy()
    >>> accuracy.update(Record(out=torch.eye(3), label=torch.tensor([0, 1, 1])))
    >>> round(accuracy.compute().item(), 3)
    0.667
    """

    name = "accuracy"

    _MOST_PENDING = 2**15

    def update(self, result: Any) -> None:
        """Takes in ``result.out`` and ``result.label``."""
        out = result["out"]
        self._pending.append((out, result["label"]))
        self._pending_size += out.numel()
        if self._pending_size >= self._MOST_PENDING:
            self._count_pending()

    def compute(self) -> Tensor:
        """The accuracy, float64; NaN where nothing was taken in."""
        self._count_pending()
        return super().compute()

    def reset(self) -> None:
        """Forgets all."""
        super().reset()
        self._forget_pending()

    def state_dict(self) -> dict[str, Any]:
        """The two sums."""
        self._count_pending()
        return super().state_dict()

    def _count_pending(self) -> None:
        """Counts small batches together: whole numbers come out the same in any grouping."""
        if not self._pending:
            return
        outs, labels = zip(*self._pending, strict=True)
        label = torch.cat(labels)
        hits, valid = (torch.cat(outs).argmax(1) == label).sum(), (label != -1).sum()
        self._add(_number(hits), _number(valid))
        self._forget_pending()

    def _forget_pending(self) -> None:
        self._pending: list[tuple[Tensor, Tensor]] = []
        self._pending_size = 0


class MeanLoss(_Mean):
    """The mean of the loss over samples.

    The result's ``loss`` is a mean over a batch, and the length of ``label`` its weight.

    >>> from labwork.data import Record
    >>> loss = MeanLoss()
    >>> loss.update(Record(loss=torch.tensor(1.0), label=torch.zeros(3)))
    >>> loss.update(Record(loss=torch.tensor(5.0), label=torch.zeros(1)))
    >>> loss.compute().item()
    2.0
    """

    name = "loss"
    higher_is_better = False

    def update(self, result: Any) -> None:
        """Takes in ``result.loss``."""
        count = len(result["label"])
        self._add(_number(result["loss"]) * count, count)
