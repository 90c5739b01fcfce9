"""Labels that are shares of classes train and are measured as classes are."""

import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot

from labwork.data import ArrayDataset, Record
from labwork.training import ClassificationAccuracy, MeanLoss, OptimizerMaker, Trainer

CLASSES = 4


@pytest.mark.parametrize("count", [1, CLASSES, 50])  # as many samples as classes, too
@pytest.mark.parametrize("sides", [(), (3, 5)])
def test_accuracy_takes_the_class_of_the_largest_share(count: int, sides: tuple[int, ...]):
    generator = torch.Generator().manual_seed(count)
    out = torch.randn(count, CLASSES, *sides, generator=generator)
    label = torch.randint(CLASSES, (count, *sides), generator=generator)
    soft = (0.3 / CLASSES + 0.7 * one_hot(label, CLASSES).float()).movedim(-1, 1)
    hard, shared = ClassificationAccuracy(), ClassificationAccuracy()
    hard.update(Record(out=out, label=label))
    shared.update(Record(out=out, label=soft))
    assert hard.compute() == shared.compute()


def test_shares_of_one_class_train_as_the_class_does():
    image = torch.randn(24, 6, generator=torch.Generator().manual_seed(0))
    label = image[:, :CLASSES].argmax(1)
    losses = []
    for labels in (label, one_hot(label, CLASSES).float()):
        torch.manual_seed(0)
        trainer = Trainer(
            torch.nn.Linear(6, CLASSES),
            loss=cross_entropy,
            optimizer_f=OptimizerMaker(torch.optim.SGD, lr=0.5),
            epoch_count=5,
            batch_size=8,
            metric_fs=(ClassificationAccuracy, MeanLoss),
        )
        data = ArrayDataset(image=image, label=labels)
        trainer.train(data)
        losses.append(trainer.evaluate(data))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0]["accuracy"] > 0.8
