"""Laws that every augmentation keeps; a new one joins a list."""

import pickle

import numpy as np
import pytest
import torch

from labwork.data import ArrayDataset, DataLoader, Record, SampleRng, augmentation
from labwork.data._rng import sample_keys
from labwork.data.augmentation import (
    CenterCrop,
    ColorJitter,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Maybe,
    OneOf,
    Pad,
    PadCropFlip,
    RandAugment,
    RandomCrop,
    RandomFlip,
    RandomGamma,
    RandomJPEG,
    RandomResizedCrop,
    RandomRotation,
    RandomScaleCrop,
    Resize,
    Sequential,
)

COUNT, HEIGHT, WIDTH = 7, 24, 32
NEAREST = {"interpolation": "nearest"}

MOVING = [
    RandomFlip(),
    RandomFlip(0.5, "vertical"),
    RandomCrop((16, 20)),
    RandomCrop((24, 40), padding=2, pad_if_needed=True),
    PadCropFlip(4),
    RandomResizedCrop(28, area=(0.3, 1), **NEAREST),
    RandomScaleCrop((20, 28), scale=(0.7, 1.6), **NEAREST),
    RandomRotation(45, **NEAREST),
    RandomFlip() >> RandomCrop(20) >> RandomRotation((0, 360), **NEAREST),
    Maybe(RandomFlip(1.0)),
    OneOf(RandomFlip(1.0), RandomFlip(1.0, "vertical"), RandomRotation(20, **NEAREST)),
]
STEADY = [
    Pad((1, 2, 3, 4)),
    CenterCrop((20, 18)),
    Resize((36, 40), **NEAREST),
    RandomRotation((90, 90), grow=True, **NEAREST),
]
SMOOTH = [
    RandomResizedCrop(16),
    RandomResizedCrop((16, 20), library="opencv"),
    RandomScaleCrop(16, interpolation="bicubic"),
    RandomRotation((-180, 180)),
]
COLOURS = [
    ColorJitter(0.5, 0.5, 0.5, 0.2),
    RandomGamma(),
    GaussianBlur((0.0, 1.5)),
    GaussianNoise((0.1, 0.2)),
    RandomJPEG((5, 60)),
    Cutout(9, 0.5),
]
MIXED = [
    RandAugment(3, 15),
    RandomResizedCrop(16) >> OneOf(ColorJitter(0.4), RandomGamma(), Maybe(Cutout(5))),
]
ALL = [*MOVING, *STEADY, *SMOOTH, *COLOURS, *MIXED]
each = pytest.mark.parametrize("operation", ALL, ids=repr)


def blocks() -> torch.Tensor:
    """A label map of blocks of 4×4 pixels, each with a number of its own from 1."""
    numbers = torch.arange(1, 49).reshape(6, 8)
    return numbers.repeat_interleave(4, 0).repeat_interleave(4, 1)


def records(dtype: torch.dtype = torch.float32, *, same: bool = False) -> dict[str, torch.Tensor]:
    image = torch.rand(COUNT, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
    image = image[:1].expand_as(image).contiguous() if same else image
    y, x = torch.meshgrid(torch.arange(1.5, 24, 4), torch.arange(1.5, 32, 4), indexing="ij")
    points = torch.stack([x, y], -1).reshape(1, -1, 2)
    boxes = torch.cat([points - 1.5, points + 2.5], -1)
    return {
        "image": image if dtype.is_floating_point else (image * 255).to(dtype),
        "label": blocks().expand(COUNT, -1, -1).contiguous(),
        "points": points.expand(COUNT, -1, -1).contiguous(),
        "boxes": boxes.expand(COUNT, -1, -1).contiguous(),
        "number": torch.arange(COUNT),
    }


def same(first: Record, second: Record) -> bool:
    return first.keys() == second.keys() and all(map(torch.equal, first, second))


def rng(index: int = 0) -> SampleRng:
    return SampleRng(sample_keys(0, 0, index))


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_alone_and_in_any_batch_a_sample_is_the_same(operation, dtype):
    dataset = ArrayDataset(**records(dtype)).augment(operation).at(seed=3, epoch=5)
    alone = [dataset[i] for i in range(COUNT)]
    for indices in [[0, 1, 2, 3, 4, 5, 6], [6, 2], [5], [4, 4, 0]]:
        batch = dataset.get_batch(np.array(indices))
        for place, index in enumerate(indices):
            sample = Record({name: values[place] for name, values in batch.items()})
            assert same(sample, alone[index])


@pytest.mark.parametrize("operation", [*MOVING, *SMOOTH, *COLOURS, *MIXED], ids=repr)
def test_index_epoch_and_seed_matter(operation):
    dataset = ArrayDataset(**records(same=True)).augment(operation)
    seen = [
        dataset.at(seed, epoch)[i].image for i in range(6) for seed in (0, 1) for epoch in (0, 1)
    ]
    assert len({image.numpy().tobytes() for image in seen}) > 1
    assert len({d[i].image.numpy().tobytes() for d in [dataset.at(0, 0)] for i in range(COUNT)}) > 1


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8, torch.float64])
def test_types_and_ranges_stay_and_inputs_too(operation, dtype):
    given, kept = Record(records(dtype)), Record(records(dtype))
    new = operation(Record({n: v[0] for n, v in zip(given.keys(), given, strict=True)}), rng(1))
    assert same(given, kept)
    assert [value.dtype for value in new] == [value.dtype for value in given]
    top = 1 if dtype.is_floating_point else 255
    assert 0 <= new.image.min() <= new.image.max() <= top
    assert new.label.shape == new.image.shape[1:]
    assert new.boxes.shape == given.boxes.shape[1:]


@each
def test_repr_is_the_source_and_pickling_keeps_all(operation):
    assert eval(repr(operation), vars(augmentation)) == operation
    copy = pickle.loads(pickle.dumps(operation))
    assert copy == operation
    assert hash(copy) == hash(operation)
    sample = Record({name: value[0] for name, value in records().items()})
    assert same(copy(sample, rng(2)), operation(sample, rng(2)))


@pytest.mark.parametrize("operation", [*MOVING, *STEADY], ids=repr)
@pytest.mark.parametrize("index", range(4))
def test_labels_points_and_boxes_move_with_the_image(operation, index):
    label = blocks()
    old = Record(records())
    points, boxes = old.points[0], old.boxes[0]
    image = (label / 255.0).expand(3, -1, -1)
    sample = Record(image=image, label=label, points=points, boxes=boxes)
    new = operation(sample, rng(index))
    labelled = new.label != -1
    assert torch.equal((new.image[1] * 255).round().long()[labelled], new.label[labelled])
    assert (new.image[:, ~labelled] == 0).all()
    height, width = new.label.shape
    for number, ((x, y), box) in enumerate(
        zip(new.points.round().long(), new.boxes, strict=True), 1
    ):
        if 0 <= x < width and 0 <= y < height:
            # What a crop has put outside may come back by a rotation, without its pixels.
            returned = isinstance(operation, Sequential) and not labelled[y, x]
            assert returned or new.label[y, x] == number
        left, top, right, bottom = box.floor().long().clamp(min=0)
        outside = (new.label == number).clone()
        outside[top : bottom + 1, left : right + 1] = False
        assert not outside.any()


@each
def test_frames_and_pairs_share_one_draw(operation):
    image = records()["image"][:1]
    one = ArrayDataset(image=image).augment(operation)[0].image
    operation = operation.on(left="image", right="image", film="image", areas="map")
    film = image[:, None].expand(-1, 3, -1, -1, -1)
    areas = blocks()[None, None].expand(1, 3, -1, -1)
    dataset = ArrayDataset(left=image, right=image, film=film, areas=areas).augment(operation)
    new = dataset[0]
    assert torch.equal(new.left, one)
    assert torch.equal(new.right, one)
    assert new.film.shape == (3, *one.shape)
    assert new.areas.shape == (3, *one.shape[1:])
    if not isinstance(operation, GaussianNoise):
        assert all(torch.equal(frame, one) for frame in new.film)
        assert all(torch.equal(frame, new.areas[0]) for frame in new.areas)
    assert same(
        dataset.get_batch(np.array([0])), Record({n: value[None] for n, value in new.items()})
    )


IDENTITIES = [
    RandomFlip(0.0),
    Pad(0),
    RandomCrop((HEIGHT, WIDTH)),
    CenterCrop((HEIGHT, WIDTH)),
    PadCropFlip(0, 0.0),
    Resize((HEIGHT, WIDTH)),
    Resize(HEIGHT, interpolation="bicubic"),
    Resize(HEIGHT, library="opencv"),
    RandomScaleCrop((HEIGHT, WIDTH), scale=(1, 1)),
    RandomResizedCrop((HEIGHT, WIDTH), area=(1, 1), ratio=(WIDTH / HEIGHT, WIDTH / HEIGHT)),
    RandomRotation(0),
    ColorJitter(),
    ColorJitter((1, 1), (1, 1), (1, 1), (0, 0)),
    RandomGamma((1, 1)),
    GaussianBlur((0, 0)),
    GaussianNoise(0.0),
    Cutout(0),
    Maybe(Cutout(20), 0.0),
    RandAugment(0),
    Sequential(),
]


@pytest.mark.parametrize("operation", IDENTITIES, ids=repr)
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_identity_changes_nothing(operation, dtype):
    dataset = ArrayDataset(**records(dtype))
    everything = np.arange(COUNT)
    assert same(dataset.augment(operation).get_batch(everything), dataset.get_batch(everything))


@pytest.mark.parametrize("operation", [*COLOURS, *SMOOTH], ids=repr)
def test_bytes_and_floats_agree(operation):
    bytes_ = records(torch.uint8)["image"][0]
    noisy = operation(Record(image=bytes_), rng()).image / 255
    exact = operation(Record(image=bytes_.float() / 255), rng()).image
    assert (noisy - exact).abs().max() < 4 / 255


@pytest.mark.parametrize("operation", [*MOVING[:5], *STEADY[:2]], ids=repr)
def test_copying_and_gathering_agree(operation):
    """Images of 16 bits, like those on other devices, are gathered instead of copied."""
    image = records()["image"].bfloat16()
    copied, gathered = (
        ArrayDataset(image=i).augment(operation).get_batch(np.arange(COUNT)).image
        for i in (image.float(), image)
    )
    assert torch.equal(copied.bfloat16(), gathered)


def test_workers_change_nothing():
    dataset = ArrayDataset(**records()).augment(MIXED[1] >> RandAugment(1))
    here, there = (list(DataLoader(dataset, 3, seed=1, worker_count=n)) for n in (0, 2))
    assert all(map(same, here, there))


def test_what_comes_later_changes_nothing_before():
    sample = Record({name: value[0] for name, value in records().items()})
    crops = [(RandomCrop(6) >> later)(sample, rng(3)).image for later in (Cutout(0), RandomFlip(0))]
    assert torch.equal(*crops)
