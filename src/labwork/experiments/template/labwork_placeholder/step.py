"""The step: what is done with one batch."""

from typing import Any

from labwork.data import Record

__all__ = ["step"]


def step(trainer: Any, batch: Any) -> Record:
    """Learns to map images to labels.

    Args:
        trainer: has ``model``, ``loss`` and ``update``.
        batch: a record with ``image``, shape (N, 1, H, W), and ``label``, shape (N,).

    Returns:
        ``loss`` (a scalar), ``out`` (N, classes) and ``label``, without gradient; and, computed
        only where somebody asks for it, ``confidence``: the mean probability of the likeliest
        class.
    """
    out = trainer.model(batch.image)
    loss = trainer.loss(out, batch.label)
    trainer.update(loss, len(batch.image))  # backward, then a step of the optimizer
    return Record(
        loss=loss.detach(),
        out=out.detach(),
        label=batch.label,
        confidence_=lambda record: record.out.softmax(1).amax(1).mean(),
    )
