"""Mixup and CutMix: formulas, labels, and what a sample gets."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Batch, DataLoader, Record, SampleRng
from labwork.data._rng import sample_keys
from labwork.data.augmentation import CutMix, Maybe, Mixup, OneOf, RandomFlip
from labwork.data.augmentation._beta import beta_quantiles

COUNT = 16
both = pytest.mark.parametrize("kind", [Mixup, CutMix])


def batch() -> Batch:
    """Each image has its own number as its value everywhere."""
    image = torch.arange(float(COUNT)).reshape(-1, 1, 1, 1).expand(-1, 3, 10, 12) / COUNT
    return Batch(image=image.contiguous(), label=torch.arange(COUNT))


def rng(indices=range(COUNT)) -> SampleRng:
    return SampleRng(sample_keys(0, 0, indices))


@given(st.floats(0.01, 50), st.floats(0.001, 0.999))
def test_quantiles_are_those_of_the_beta_distribution(alpha, probability):
    (ours,) = beta_quantiles(alpha, np.array([probability]))
    assert abs(ours - betaincinv(alpha, alpha, probability)) < 2e-4


def mixed(kind, given: Batch, **arguments) -> Batch:
    return kind(class_count=COUNT, **arguments)(given, rng())


@both
def test_images_and_labels_mix_alike(kind):
    new = mixed(kind, batch())
    assert new.keys() == ["image", "label"]
    expected = new.label @ torch.arange(float(COUNT))
    assert torch.allclose(new.image.mean((1, 2, 3)) * COUNT, expected, atol=1e-4)
    assert torch.allclose(new.label.sum(1), torch.ones(COUNT))
    assert new.label.min() >= 0
    assert new.image.dtype == torch.float32


@both
def test_labels_that_are_numbers_mix_as_they_are(kind):
    soft = mixed(kind, batch()).label
    for labels in (torch.eye(COUNT), torch.arange(float(COUNT))):
        new = kind()(Batch(image=batch().image, label=labels), rng()).label
        assert new.shape == labels.shape
        assert torch.allclose(new, soft @ labels, atol=1e-4)


@both
def test_a_sample_takes_its_numbers_along(kind):
    """With the same partners in the batch, a sample comes out the same in another order."""
    whole = mixed(kind, batch())
    indices = list(range(COUNT))
    indices[3], indices[9] = 9, 3  # the samples at places 3 and 9 come with each other's numbers
    swapped = kind(class_count=COUNT)(batch(), rng(indices))
    others = [i for i in range(COUNT) if i not in (3, 9)]
    for field in ("image", "label"):
        assert torch.equal(swapped[field][others], whole[field][others])
    if kind is Mixup:
        shares = [
            [new.label[i, i] for i in pair] for new, pair in ((swapped, (3, 9)), (whole, (9, 3)))
        ]
        assert torch.allclose(*map(torch.stack, shares))


@both
def test_without_mixing_nothing_changes(kind):
    new = mixed(kind, batch(), p=0.0)
    assert torch.equal(new.image, batch().image)
    assert torch.equal(new.label, torch.eye(COUNT))


@both
@pytest.mark.parametrize(
    "wrap",
    [
        lambda mixing: mixing,
        lambda mixing: RandomFlip() >> mixing,
        lambda mixing: RandomFlip() >> OneOf(mixing, mixing),
        lambda mixing: Maybe(mixing, 1.0),
    ],
)
def test_the_number_of_classes_is_the_dataset_s(kind, wrap):
    plain = ArrayDataset({"class_count": COUNT}, **dict(batch().items()))
    for dataset in (plain, plain[:12], plain.map(lambda r: r, batched=True)):
        augmented = dataset.augment(wrap(kind()))
        assert repr(augmented).endswith(f".augment({wrap(kind(class_count=COUNT))!r})")
        assert augmented.__getitems__([0, 1, 2]).label.shape == (3, COUNT)
    chosen = plain.augment(wrap(kind(class_count=20)))
    assert chosen.__getitems__([0, 1]).label.shape == (2, 20)


@both
def test_inputs_stay_and_resuming_gives_the_same(kind):
    dataset = ArrayDataset(**dict(batch().items())).augment(RandomFlip() >> kind(class_count=COUNT))
    loader = DataLoader(dataset, 4, shuffle=True, seed=1)
    batches = list(loader)
    loader.seek(epoch=0, position=2)
    assert all(torch.equal(a.image, b.image) for a, b in zip(batches[2:], loader, strict=True))
    given = batch()
    mixed(kind, given)
    assert torch.equal(given.image, batch().image)


def test_cutmix_pastes_a_rectangle():
    new = mixed(CutMix, batch())
    for image, own in zip(new.image, batch().image, strict=True):
        pasted = (image != own).any(0)
        assert pasted.sum() == pasted.any(0).sum() * pasted.any(1).sum()


@pytest.mark.parametrize("class_count", [None, COUNT])
def test_cutmix_cuts_label_maps_along(class_count):
    maps = torch.arange(COUNT).reshape(-1, 1, 1).expand(-1, 10, 12)
    new = CutMix(class_count=class_count)(batch().join(Batch(label=maps), overwrite=True), rng())
    assert new.keys() == ["image", "label"]
    assert new.label.dtype == torch.long
    assert torch.equal(new.label.float() / COUNT, new.image[:, 0])
    assert not torch.equal(new.label, maps)
    assert torch.equal(new.image, mixed(CutMix, batch()).image)


@both
def test_one_sample_cannot_be_mixed(kind):
    with pytest.raises(ConfigError, match=f"{kind.__name__} mixes the samples .* batched=True"):
        kind()(Record(image=torch.zeros(3, 4, 4), label=0), rng(0))


@pytest.mark.parametrize(
    ("operation", "fields", "message"),
    [
        (Mixup(), {}, "'label' holds classes, and how many .*: write Mixup.class_count=…., or"),
        (CutMix(), {"label": torch.zeros(2, 4).long()}, "classes .N,. or soft labels .N, C., or"),
        (CutMix(), {"image": torch.zeros(2, 32, 32, 3)}, r"image\.permute\(0, 3, 1, 2\)"),
        (Mixup(class_count=3), {"label": torch.tensor([0, 3])}, "class_count is 3, and labels go"),
        (Mixup(image="picture"), {}, "unknown field 'picture' in Mixup"),
        (CutMix(), {"image": torch.zeros(2, 3, 4, 4).byte()}, "'image' must be floating point"),
        (Mixup(), {"label": torch.zeros(2, 4, 4).long()}, "must be classes .N,. or soft labels"),
        (CutMix(), {"label": torch.zeros(2, 4, 3).long()}, "label maps must have one size, not"),
        (CutMix(), {"label": ["a", "b"]}, "or soft labels .N, C., or maps"),
    ],
)
def test_what_cannot_be_mixed_is_said(operation, fields, message):
    record = Batch({"image": torch.zeros(2, 3, 4, 4), "label": torch.zeros(2).long(), **fields})
    with pytest.raises(ConfigError, match=message):
        operation(record, rng(range(2)))
