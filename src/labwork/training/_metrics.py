"""Metrics: numbers that are gathered over batches."""

import math
from abc import abstractmethod
from collections.abc import Mapping
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
    """A quotient of two sums, kept in float64 so that a million batches don't blur it.

    What comes in waits until it is asked for, or until it is enough to be worth an operation:
    a step then pays for little more than a note.
    """

    state_fields = ("total", "count")

    def __init__(self) -> None:
        self.reset()

    def update(self, result: Any) -> None:
        """Takes in what a step returned."""
        if not self._waiting:
            self._room = self._most_waiting(result)
        self._waiting.append(self._select(result))
        if len(self._waiting) >= self._room:
            self._add_waiting()

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
        self._room = 1

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
    def _select(self, result: Any) -> tuple[Tensor, Tensor]:
        """What is needed of a result."""

    @abstractmethod
    def _most_waiting(self, result: Any) -> int:
        """How many results like this one may wait."""

    @abstractmethod
    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        """Adds to the two sums; where it is called must make no difference to them."""


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

    def _select(self, result: Any) -> tuple[Tensor, Tensor]:
        return result["out"], result["label"]

    def _most_waiting(self, result: Any) -> int:
        return 2**15 // max(1, result["out"].numel())

    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        outs, labels = zip(*waiting, strict=True)
        label = torch.cat(labels)
        hits, valid = (torch.cat(outs).argmax(1) == label).sum(), (label != -1).sum()
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

    def _select(self, result: Any) -> tuple[Tensor, Tensor]:
        return result["loss"], result["label"]

    def _most_waiting(self, result: Any) -> int:
        return 2**14 // max(1, result["label"].numel())

    def _add(self, waiting: list[tuple[Tensor, Tensor]]) -> None:
        # One after the other, so that the rounding doesn't depend on the grouping.
        for loss, label in waiting:
            count = len(label)
            self.total = self.total + _number(loss) * count
            self.count = self.count + count


def _number(value: Tensor) -> Tensor | float:
    """A number where reading it makes nobody wait, else a tensor that stays on its device."""
    return value.item() if value.is_cpu else value.double()
