"""Trains a small network on handwritten digits, put together from parts.

It is the same experiment, bit by bit, as

    labwork train "Digits{train,val,test}" standardize SmallImageClassifier recipes.digits

Stop it at any time, with Ctrl-C or ``kill -9``, and go on with ``--resume strict``.
"""

import argparse
from functools import partial

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW

from labwork.core import Every
from labwork.data import ArrayDataset, Digits, RandomShift
from labwork.experiments import Experiment
from labwork.models import SmallImageClassifier
from labwork.nn import Standardize
from labwork.runtime import make_deterministic, seed_all
from labwork.training import (
    ClassificationAccuracy,
    MeanLoss,
    OptimizerMaker,
    Trainer,
    TrainerConfig,
    cosine_lr,
)

CONFIG = TrainerConfig(
    loss=partial(cross_entropy, label_smoothing=0.1),
    batch_size=32,
    eval_batch_size=256,
    jitter=RandomShift(1),
    optimizer_f=OptimizerMaker(AdamW, lr=3e-3, weight_decay=0.05),
    lr_scheduler_f=partial(cosine_lr, warmup=0.1),
    lr_every=Every("1it"),
    metric_fs=(ClassificationAccuracy, MeanLoss),
)


def main() -> None:
    """Trains, or goes on training, and prints the accuracy on the test data."""
    options = parse_arguments()
    make_deterministic()
    seed_all(options.seed)
    data = {subset: Digits(subset) for subset in ("train", "val", "test")}
    trainer = make_trainer(data["train"], options)
    experiment = Experiment(options.directory, trainer, data, resume=options.resume)
    results = experiment.run()
    if "test" in results:
        print(f"test accuracy {results['test']['accuracy']:.4f}, all results in {experiment.path}")
    else:
        print("stopped; go on with --resume strict")


def parse_arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Trains a small network on handwritten digits.")
    parser.add_argument("directory", nargs="?", default="data/train_digits")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--resume", choices=["strict", "?", "best", "restart"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def make_trainer(train: ArrayDataset, options: argparse.Namespace) -> Trainer:
    """The learning algorithm, with a new model."""
    model = SmallImageClassifier(train.info["class_count"], in_channels=1)
    pixels = torch.stack([record.image for record in train]).double()
    adapter = Standardize(pixels.mean().item(), pixels.std(correction=0).item())
    return CONFIG.make_trainer(
        nn.Sequential(adapter, model),
        epoch_count=options.epochs,
        seed=options.seed,
        device=options.device,
    )


if __name__ == "__main__":
    main()
