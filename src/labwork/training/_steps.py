"""Steps: what is done with one batch."""

from typing import Any

import torch
from torch import Tensor

from labwork.data import Record

__all__ = ["supervised_eval_step", "supervised_step"]


def supervised_step(trainer: Any, batch: Any) -> Record:
    """Learns to map the first field of a batch to its second.

    Args:
        trainer: has ``model``, ``loss`` and ``update``.
        batch: input, shape (N, …), and target, in this order; a record or a tuple.

    Returns:
        ``loss`` (the mean, a scalar), ``out`` (N, …) and ``label``, without gradient.
    """
    inputs, label = batch[0], batch[1]
    out = trainer.model(inputs)
    loss = _mean(trainer.loss(out, label))
    trainer.update(loss, len(inputs))
    return Record({"loss": loss.detach(), "out": out.detach(), "label": label})


@torch.no_grad()
def supervised_eval_step(trainer: Any, batch: Any) -> Record:
    """Computes what ``supervised_step`` does, without learning.

    Args:
        trainer: has ``model`` and ``loss``.
        batch: input, shape (N, …), and target, in this order; a record or a tuple.

    Returns:
        ``loss`` (the mean, a scalar), ``out`` (N, …) and ``label``.
    """
    out = trainer.model(batch[0])
    loss = _mean(trainer.loss(out, batch[1]))
    return Record({"loss": loss, "out": out, "label": batch[1]})


def _mean(loss: Tensor) -> Tensor:
    return loss if loss.ndim == 0 else loss.mean()
