"""Operations work where the images are; PyTorch's meta device refuses to be mixed with CPUs."""

import pytest
import torch

from labwork.data import Batch, SampleRng
from labwork.data._rng import sample_keys
from labwork.data.augmentation import (
    CenterCrop,
    ColorJitter,
    CutMix,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Maybe,
    Mixup,
    OneOf,
    Pad,
    PadCropFlip,
    RandomCrop,
    RandomFlip,
    RandomGamma,
    RandomResizedCrop,
    RandomRotation,
    RandomScaleCrop,
    Resize,
)

# All but RandAugment and RandomJPEG, which look at values, and library="opencv".
OPERATIONS = [
    *(RandomFlip(), RandomCrop(16, 2), CenterCrop(20), Pad(2), PadCropFlip(4), Cutout(5)),
    *(Resize(20, interpolation=mode) for mode in ("nearest", "bilinear", "bicubic")),
    *(RandomResizedCrop(16), RandomScaleCrop(16), RandomRotation(30)),
    *(ColorJitter(0.4, 0.4, 0.4, 0.1), RandomGamma(), GaussianBlur(), GaussianNoise(0.1)),
    *(Maybe(RandomFlip()), OneOf(RandomFlip(), ColorJitter(0.1)), CutMix()),
]
SAMPLE = {
    "image": torch.rand(3, 24, 32),
    "label": torch.zeros(24, 32, dtype=torch.long),
    "points": torch.rand(5, 2),
    "boxes": torch.rand(6, 4),
}


def changed(operation, device: str, count: int, fields) -> Batch:
    batch = Batch({n: v.expand(count, *v.shape).clone().to(device) for n, v in fields.items()})
    return operation(batch, SampleRng(sample_keys(0, 0, range(count))))


@pytest.mark.parametrize("operation", OPERATIONS, ids=repr)
def test_what_comes_out_is_where_the_images_are(operation):
    here, there = (changed(operation, device, 4, SAMPLE) for device in ("cpu", "meta"))
    for name, value in there.items():
        assert value.device.type == "meta"
        assert (value.shape, value.dtype) == (here[name].shape, here[name].dtype)


@pytest.mark.parametrize("mixing", [Mixup(), CutMix()], ids=repr)
def test_soft_labels_mix_where_they_are(mixing):
    fields = {"image": SAMPLE["image"], "label": torch.eye(7)[0]}
    assert changed(mixing, "meta", 4, fields).label.device.type == "meta"
