"""Recipes: named sets of a trainer's arguments."""

from functools import partial

from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW

from labwork.data import RandomShift
from labwork.data.augmentation import PadCropFlip
from labwork.training import (
    ClassificationAccuracy,
    MeanLoss,
    OptimizerMaker,
    TrainerConfig,
    cosine_lr,
    milestone_lr,
)

__all__ = ["classification", "digits", "resnet_cifar", "wrn_cifar"]

classification = TrainerConfig(
    loss=cross_entropy, metric_fs=(ClassificationAccuracy, MeanLoss), eval_batch_size=256
)
"""What classifiers have in common."""

digits = TrainerConfig(
    classification,
    loss=partial(cross_entropy, label_smoothing=0.1),
    epoch_count=50,
    batch_size=32,
    jitter=RandomShift(1),
    optimizer_f=OptimizerMaker(AdamW, lr=3e-3, weight_decay=0.05),
    lr_scheduler_f=partial(cosine_lr, warmup=0.1),
    lr_every="1it",
)
"""Small images of digits: above 98 % in seconds on a CPU."""

resnet_cifar = TrainerConfig(
    classification,
    epoch_count=200,
    batch_size=128,
    jitter=PadCropFlip(padding=4),
    optimizer_f=OptimizerMaker(SGD, lr=0.1, momentum=0.9, weight_decay=1e-4),
    lr_scheduler_f=milestone_lr,
)
"""Residual networks on CIFAR-10 and -100 (He et al.: Deep residual learning, 2016)."""

wrn_cifar = TrainerConfig(
    resnet_cifar,
    optimizer_f=OptimizerMaker(SGD, lr=0.1, momentum=0.9, weight_decay=5e-4),
)
"""Wide residual networks on CIFAR (Zagoruyko and Komodakis: Wide residual networks, 2016)."""
