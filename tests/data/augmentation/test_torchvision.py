"""Transforms of torchvision, where it is installed."""

from types import ModuleType

import torch

from labwork.data import ArrayDataset
from labwork.data.augmentation import RandomFlip, from_torchvision


def test_transforms_move_all_fields_alike_and_by_the_address(torchvision: ModuleType):
    transforms = torchvision.transforms.v2
    label = torch.arange(48).reshape(1, 6, 8).expand(5, -1, -1)
    dataset = ArrayDataset(
        image=(label[:, None] / 47.0).expand(-1, 3, -1, -1),
        label=label,
        boxes=torch.tensor([[[0.0, 0.0, 3.0, 2.0]]]).expand(5, -1, -1),
    )
    chain = from_torchvision(transforms.RandomCrop(4)) >> RandomFlip()
    before = torch.get_rng_state()
    first, again = (dataset.augment(chain).at(0, 1) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert type(a.image) is type(a.label) is torch.Tensor
        assert torch.equal(a.image, b.image)
        assert torch.equal((a.image[0] * 47).round().long(), a.label)
        assert a.boxes.shape == (1, 4)
    assert len({tuple(sample.label.flatten().tolist()) for sample in first}) > 1
    assert torch.equal(before, torch.get_rng_state())
    assert not chain.batched


def test_repr_names_the_transform(torchvision: ModuleType):
    transforms = torchvision.transforms.v2
    flip = from_torchvision(transforms.RandomHorizontalFlip(0.5)).on(left="image")
    assert repr(flip) == ("from_torchvision(RandomHorizontalFlip(p=0.5), fields={'left': 'image'})")
