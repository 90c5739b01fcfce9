"""Metrics: numbers that are gathered over batches."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from labwork.core import Node

__all__ = ["ClassificationAccuracy", "MeanLoss", "Metric"]

_MOST_WAITING = 2**14  # numbers in the results that wait


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
    """A quotient of two sums, kept in float64 so that a million batches don't blur it.

    What comes in may wait until it is asked for, or until it is enough to be worth an operation:
    a step then pays for little more than a note.
    """

    state_fields = ("total", "count")

    def __init__(self) -> None:
        self.reset()

    def compute(self) -> Tensor:
        """The mean, float64; NaN where nothing was taken in."""
        self._add_waiting()
        if isinstance(self.total, Tensor) or isinstance(self.count, Tensor):
            return torch.true_divide(self.total, self.count)  # on the device: nobody waits
        value = self.total / self.count if self.count else math.nan
        return torch.tensor(value, dtype=torch.float64)

    def reset(self) -> None:
        """Forgets all."""
        self.total: Tensor | float = 0.0
        self.count: Tensor | float = 0
        self._waiting: list[tuple[Tensor, Tensor]] = []

    def state_dict(self) -> dict[str, Any]:
        """The two sums."""
        self._add_waiting()
        return super().state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restores the two sums."""
        self.reset()
        super().load_state_dict(state_dict)

    def _add_waiting(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._add(waiting)

    @abstractmethod
    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        """Adds to the two sums; where it is called must make no difference to them."""


class ClassificationAccuracy(_Mean):
    """The part of the samples whose highest score is that of the right class, from 0 to 1.

    The result's ``out`` holds scores, shape (N, C), and ``label`` classes, shape (N,); samples
    with the label -1 are left out. Where ``label`` is soft, floating point of the shape of
    ``out``, the right class is the one with the largest share.

    >>> from labwork.data import Record
    >>> accuracy = ClassificationAccuracy()
    >>> accuracy.update(Record(out=torch.eye(3), label=torch.tensor([0, 1, 1])))
    >>> round(accuracy.compute().item(), 3)
    0.667
    """

    name = "accuracy"

    def update(self, result: Any) -> None:
        """Takes in what a step returned."""
        out = result["out"]
        self._waiting.append((out, result["label"]))
        if len(self._waiting) * out.numel() >= _MOST_WAITING:
            self._add_waiting()

    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        outs, labels = zip(*waiting, strict=True)
        out, label = torch.cat(outs), torch.cat(labels)
        if label.is_floating_point() and label.shape == out.shape:
            label = label.argmax(1)
        hits, valid = (out.argmax(1) == label).sum(), (label != -1).sum()
        # Whole numbers: their sums are exact in any grouping.
        self.total = self.total + _number(hits)
        self.count = self.count + _number(valid)


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
        """Takes in what a step returned."""
        loss, label = result["loss"], result["label"]
        if loss.is_cpu:
            count = label.shape[0]
            self.total += loss.item() * count
            self.count += count
            return
        self._waiting.append((loss, label))
        if len(self._waiting) * label.numel() >= _MOST_WAITING:
            self._add_waiting()

    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        # One after the other, so that the rounding doesn't depend on the grouping.
        for loss, label in waiting:
            self.total = self.total + loss.double() * len(label)
            self.count += len(label)


def _number(value: Tensor) -> Tensor | float:
    """A number where reading it makes nobody wait, else a tensor that stays on its device."""
    return value.item() if value.is_cpu else value.double()
