"""Tests of the project; ``python -m pytest`` runs them and the examples in docstrings."""

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW

from labwork.data import DataLoader, Dataset
from labwork.training import OptimizerMaker, Trainer
from labwork_placeholder import Shapes, SmallNet, step


def make_trainer(epoch_count: int = 1) -> Trainer:
    """A trainer of a new model, the same one each time."""
    torch.manual_seed(0)
    return Trainer(
        SmallNet(class_count=2),
        loss=cross_entropy,
        optimizer_f=OptimizerMaker(AdamW, lr=0.003),
        epoch_count=epoch_count,
        batch_size=32,
        train_step=step,
    )


def first_batch(data: Dataset) -> object:
    """The batch that an epoch begins with."""
    return next(iter(DataLoader(data, batch_size=32)))


def test_subsets_differ_and_stay_the_same() -> None:
    """A subset is the same each time, and shares no images with another."""
    assert torch.equal(Shapes("val")[0].image, Shapes("val")[0].image)
    assert not torch.equal(Shapes("val")[0].image, Shapes("test")[0].image)


def test_step_changes_the_model_and_tells_of_it() -> None:
    """One step moves the parameters; its record has the shapes that it promises."""
    trainer = make_trainer()
    before = [parameter.clone() for parameter in trainer.model.parameters()]
    result = step(trainer, first_batch(Shapes("train")))
    changed = [
        not torch.equal(old, new)
        for old, new in zip(before, trainer.model.parameters(), strict=True)
    ]
    assert all(changed)
    assert result.out.shape == (32, 2)
    assert result.loss.shape == ()
    assert result.is_lazy("confidence")
    assert 0.5 <= result.confidence <= 1


def test_training_learns() -> None:
    """A short training tells most discs from squares."""
    trainer = make_trainer(epoch_count=5)
    trainer.train(Shapes("train"))
    assert trainer.evaluate(Shapes("test"))["accuracy"] > 0.9
