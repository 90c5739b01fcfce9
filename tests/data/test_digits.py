"""Digits: sizes, ranges, and a division without overlap."""

import pytest
import torch

from labwork.core import ConfigError
from labwork.data import Digits

sklearn_datasets = pytest.importorskip("sklearn.datasets")
SIZES = {"train": 1297, "val": 200, "test": 300, "trainval": 1497, "all": 1797}


def whole(*subsets: str) -> tuple[torch.Tensor, torch.Tensor]:
    batches = [Digits(s).get_batch(torch.arange(SIZES[s]).numpy()) for s in subsets]
    return torch.cat([b.image for b in batches]), torch.cat([b.label for b in batches])


@pytest.mark.parametrize("subset", SIZES)
def test_sizes_and_ranges(subset):
    images, labels = whole(subset)
    assert len(Digits(subset)) == SIZES[subset]
    assert (images.shape, images.dtype) == ((SIZES[subset], 1, 8, 8), torch.float32)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.dtype == torch.int64
    assert labels.unique().tolist() == list(range(10))
    assert Digits(subset).info["class_names"] == tuple("0123456789")


def test_subsets_divide_all_the_images_without_overlap():
    source = sklearn_datasets.load_digits()
    expected = sorted([*row, label] for row, label in zip(source.data, source.target, strict=True))
    for subsets in (["train", "val", "test"], ["trainval", "test"], ["all"]):
        images, labels = whole(*subsets)
        rows = (images.flatten(1) * 16).tolist()
        assert sorted([*row, label] for row, label in zip(rows, labels.tolist(), strict=True)) == (
            expected
        )


def test_unknown_subset_names_the_nearest():
    with pytest.raises(ConfigError, match="unknown subset 'trian' in Digits; did you mean 'train'"):
        Digits("trian")
