"""Labels that an augmentation leaves alone stay known; those that it may change don't."""

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Dataset, RandomShift
from labwork.data.augmentation import (
    Augmentation,
    GaussianNoise,
    Maybe,
    Mixup,
    OneOf,
    RandAugment,
    RandomCrop,
    RandomFlip,
)

LEAVING = [
    RandomFlip(),
    RandomCrop(4) >> RandomFlip() >> GaussianNoise(0.1),
    Maybe(RandomFlip(1.0)),
    OneOf(RandomFlip(), GaussianNoise(0.1)),
    RandAugment(1),
    RandomShift(1),
]


def source() -> Dataset:
    return ArrayDataset(
        image=torch.rand(5, 3, 8, 8),
        label=[3, 1, 2, 0, 1],
        vector=torch.rand(5, 4),
    ).append_labels({"map": np.zeros((5, 8, 8), np.int64), "name": list("abcde")})


@pytest.mark.parametrize("augmentation", LEAVING, ids=repr)
def test_labels_are_those_of_the_augmented_samples(augmentation: Augmentation):
    augmented = source().augment(augmentation).at(1, 2)
    assert augmented.labels.keys() == {"label", "vector", "map", "name"}
    for name in ("label", "vector", "map", "name"):
        found = [sample[name] for sample in augmented]
        values = [v.tolist() if isinstance(v, torch.Tensor) else v for v in found]
        assert augmented.labels[name].tolist() == values


@pytest.mark.parametrize("augmentation", LEAVING[:5], ids=repr)
def test_labels_that_move_are_not_known(augmentation: Augmentation):
    kinds = {"image": "image", "map": "map"}
    moved = source().augment(augmentation.on(**kinds))
    assert moved.labels.keys() == {"label", "vector", "name"}
    maps = ArrayDataset(image=torch.rand(2, 3, 8, 8)).append_labels(
        {"label": np.zeros((2, 8, 8), np.int64)}
    )
    assert maps.augment(augmentation).labels.keys() == set()


def test_what_may_change_labels_hides_them():
    for augmentation in (Mixup(), RandomFlip() >> Mixup(), lambda record, rng: record):
        with pytest.raises(ConfigError, match="aren't known without computing"):
            _ = source().augment(augmentation).labels
