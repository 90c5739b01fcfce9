"""Steps: what is done with one batch."""

from typing import Any

import torch
from torch import Tensor

from labwork.data import Record

__all__ = ["supervised_eval_step", "supervised_step"]


def supervised_step(trainer: Any, batch: Any) -> Record:
    """Learns to map images to labels.

    Args:
        trainer: has ``model``, ``loss`` and ``update``.
        batch: a record with ``image``, shape (N, …), and ``label``; or both, in this order, as
            the first two fields of another record or of a tuple.

    Returns:
        ``loss`` (the mean, a scalar), ``out`` (N, …) and ``label``, without gradient.
    """
    image, label = _image_and_label(batch)
    out = trainer.model(image)
    loss = _mean(trainer.loss(out, label))
    trainer.update(loss, image.shape[0])
    return Record({"loss": loss.detach(), "out": out.detach(), "label": label})


@torch.no_grad()
def supervised_eval_step(trainer: Any, batch: Any) -> Record:
    """Computes what ``supervised_step`` does, without learning.

    Args:
        trainer: has ``model`` and ``loss``.
        batch: as in ``supervised_step``.

    Returns:
        ``loss`` (the mean, a scalar), ``out`` (N, …) and ``label``.
    """
    image, label = _image_and_label(batch)
    out = trainer.model(image)
    loss = _mean(trainer.loss(out, label))
    return Record({"loss": loss, "out": out, "label": label})


def _image_and_label(batch: Any) -> tuple[Tensor, Tensor]:
    if isinstance(batch, tuple | list) or "image" not in batch:
        return batch[0], batch[1]
    return batch["image"], batch["label"]


def _mean(loss: Tensor) -> Tensor:
    return loss if loss.ndim == 0 else loss.mean()
