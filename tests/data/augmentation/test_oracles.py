"""Augmentations against PIL, OpenCV, colorsys, PyTorch and plain formulas."""

import colorsys

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Record, SampleRng, SequenceDataset
from labwork.data._rng import sample_keys
from labwork.data.augmentation import (
    ColorJitter,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Maybe,
    OneOf,
    RandomFlip,
    RandomGamma,
    RandomJPEG,
    RandomResizedCrop,
    RandomRotation,
    RandomScaleCrop,
    Resize,
    SequenceSample,
)
from labwork.data.augmentation._color import rotate_hue
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._tones import autocontrast, equalize, posterize, sharpened, solarize

PICTURE = torch.randint(0, 256, (3, 23, 31), generator=torch.Generator().manual_seed(0)).byte()
FLOATS = PICTURE.float() / 255
factors = st.floats(0, 3)


def apply(operation, image: torch.Tensor, index: int = 0) -> torch.Tensor:
    return operation(Record(image=image), SampleRng(sample_keys(0, 0, index))).image


def as_pil(image: torch.Tensor) -> Image.Image:
    return Image.fromarray(image.permute(1, 2, 0).numpy())


def from_pil(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def apart(ours: torch.Tensor, theirs: torch.Tensor) -> int:
    return int((ours.int() - theirs.int()).abs().max())


@pytest.mark.parametrize(
    ("name", "enhancer"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
@given(factor=factors)
def test_enhancements_are_those_of_pil(name, enhancer, factor):
    ours = apply(ColorJitter(**{name: (factor, factor)}), PICTURE)
    # PIL rounds its greys to whole numbers before it blends, which a factor carries on.
    assert apart(ours, from_pil(enhancer(as_pil(PICTURE)).enhance(factor))) <= 1 + abs(1 - factor)


@given(st.tuples(*[st.floats(0, 1, width=32)] * 3), st.floats(-0.5, 0.5))
def test_hue_is_that_of_colorsys(colour, turn):
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    expected = colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)
    image = torch.tensor(colour, dtype=torch.float64).reshape(1, 1, 3, 1, 1)
    ours = rotate_hue(image, torch.full((1, 1, 1, 1, 1), turn, dtype=torch.float64))
    assert torch.allclose(ours.flatten(), torch.tensor(expected).double(), atol=1e-6)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, -1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_right_angles_are_exact(quarters, dtype):
    image = FLOATS if dtype.is_floating_point else PICTURE
    angle = (90.0 * quarters,) * 2
    nearest = apply(RandomRotation(angle, grow=True, interpolation="nearest"), image)
    assert torch.equal(nearest, torch.rot90(image, quarters, (1, 2)))
    bilinear = apply(RandomRotation(angle, grow=True), image)
    assert torch.allclose(bilinear, torch.rot90(image, quarters, (1, 2)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("angle", [-130.0, -20.0, 33.0, 80.0])
def test_rotation_is_that_of_opencv(angle):
    _, height, width = FLOATS.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    pixels = np.ascontiguousarray(FLOATS.permute(1, 2, 0).numpy())
    theirs = torch.from_numpy(cv2.warpAffine(pixels, matrix, (width, height))).permute(2, 0, 1)
    # OpenCV rounds places to a 32nd of a pixel.
    assert (apply(RandomRotation((angle, angle)), FLOATS) - theirs).abs().max() < 0.05


def test_grown_canvas_keeps_every_pixel():
    white = torch.ones(1, 20, 40)
    for angle in (10.0, 30.0, 45.0, 75.0):
        grown = apply(RandomRotation((angle, angle), grow=True), white)
        assert abs(float(grown.sum()) - 800) < 8


@given(st.floats(0.2, 4))
def test_gamma_is_a_power(gamma):
    assert torch.allclose(apply(RandomGamma((gamma, gamma)), FLOATS), FLOATS**gamma, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_blur_is_that_of_opencv(sigma):
    size = 2 * int(np.ceil(3 * sigma)) + 1
    pixels = np.ascontiguousarray(FLOATS.permute(1, 2, 0).numpy())
    theirs = cv2.GaussianBlur(pixels, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
    ours = apply(GaussianBlur((sigma, sigma)), FLOATS)
    assert torch.allclose(ours, torch.from_numpy(theirs).permute(2, 0, 1), atol=1e-5)


def test_noise_is_normal_and_of_the_strength_asked_for():
    noise = apply(GaussianNoise(0.05), torch.full((3, 100, 100), 0.5)) - 0.5
    assert abs(float(noise.mean())) < 5 * 0.05 / np.sqrt(30_000)
    assert abs(float(noise.std()) / 0.05 - 1) < 0.03
    assert abs(float((noise.abs() < 0.05).double().mean()) - 0.6827) < 0.015


def test_jpeg_loses_more_where_quality_is_low():
    smooth = F.interpolate(FLOATS[None, :, :4, :4], (64, 64), mode="bicubic")[0].clamp(0, 1)
    losses = [
        float((apply(RandomJPEG((q, q)), smooth) - smooth).abs().mean()) for q in (5, 40, 100)
    ]
    assert losses[0] > losses[1] > losses[2]
    assert losses[2] < 0.02  # so red and blue aren't swapped


@pytest.mark.parametrize("size", [(10, 12), (23, 31), (40, 70), 12])
def test_resizing_is_that_of_pil(size):
    ours = apply(Resize(size), PICTURE)
    theirs = as_pil(PICTURE).resize(ours.shape[:0:-1], Image.Resampling.BILINEAR)
    assert apart(ours, from_pil(theirs)) <= 1


@pytest.mark.parametrize("index", range(8))
def test_a_resized_crop_is_a_crop_resized(index):
    operation, rng = RandomResizedCrop((9, 11)), SampleRng(sample_keys(0, 0, index))
    drawn = operation.draw(Draws(rng), (23, 31))
    scale = drawn.matrix[0].diagonal()
    left, top = np.rint(drawn.shift[0] - 0.5 * scale + 0.5).astype(int).tolist()
    width, height = np.rint(scale * [11, 9]).astype(int).tolist()
    window = as_pil(PICTURE[:, top : top + height, left : left + width])
    assert window.size == (width, height)
    theirs = window.resize((11, 9), Image.Resampling.BILINEAR)
    assert apart(apply(operation, PICTURE, index), from_pil(theirs)) <= 1


def test_resized_crops_have_the_areas_and_ratios_asked_for():
    operation = RandomResizedCrop(8, area=(0.2, 0.5), ratio=(0.8, 1.25))
    image = torch.zeros(2000, 1, 200, 300)
    drawn = operation.draw(Draws(SampleRng(sample_keys(0, 0, range(2000)))), image.shape[-2:])
    extents = drawn.matrix[:, [0, 1], [0, 1]] * 8
    areas, ratios = extents.prod(1) / 60_000, extents[:, 0] / extents[:, 1]
    assert 0.195 < areas.min() < 0.21
    assert 0.49 < areas.max() < 0.505
    assert abs(areas.mean() - 0.35) < 0.01
    assert 0.79 < ratios.min() < ratios.max() < 1.27
    assert abs(np.log(ratios).mean()) < 0.01


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_scale_crop_scales(scale):
    boxes = torch.tensor([[10.0, 8.0, 14.0, 12.0]])
    operation = RandomScaleCrop((200, 200), scale=(scale, scale))
    record = Record(image=torch.ones(1, 24, 32), boxes=boxes, label=torch.zeros(24, 32).long())
    new = operation(record, SampleRng(sample_keys(0, 0, 0)))
    sides = new.boxes[0, 2:] - new.boxes[0, :2]
    assert torch.allclose(sides, torch.full((2,), 4 * scale))
    assert int((new.label == 0).sum()) == 24 * 32 * scale**2


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (autocontrast, ImageOps.autocontrast),
        (equalize, ImageOps.equalize),
        (lambda x: posterize(x, 3), lambda x: ImageOps.posterize(x, 3)),
        (lambda x: solarize(x, 100 / 255), lambda x: ImageOps.solarize(x, 100)),
        (
            lambda x: sharpened(x, torch.full((1, 1, 1, 1, 1), 1.7)),
            lambda x: ImageEnhance.Sharpness(x).enhance(1.7),
        ),
    ],
    ids=["autocontrast", "equalize", "posterize", "solarize", "sharpness"],
)
def test_tones_are_those_of_pil(ours, theirs):
    picture = (PICTURE // 2 + 40).to(torch.uint8)
    mine = ours(picture.float()[None, None] / 255)[0, 0].clamp(0, 1) * 255
    assert apart(mine.round(), from_pil(theirs(as_pil(picture)))) <= 1


def test_flips_and_crops_are_as_frequent_as_asked_for():
    image = torch.arange(4.0).reshape(1, 1, 2, 2).expand(4000, 1, 2, 2)
    flipped = ArrayDataset(image=image).augment(RandomFlip(0.3)).get_batch(np.arange(4000)).image
    assert abs(float((flipped[:, 0, 0, 0] == 1).double().mean()) - 0.3) < 0.03


@given(st.integers(0, 9), st.integers(0, 50))
def test_cutout_is_a_square_cut_at_the_border(size, index):
    holes = 1 - apply(Cutout(size), torch.ones(1, 12, 14), index)[0]
    rows, columns = holes.amax(1).sum(), holes.amax(0).sum()
    assert holes.sum() == rows * columns
    assert rows <= size
    assert columns <= size
    assert (size == 0) == (rows == 0)


@given(st.integers(1, 5), st.integers(0, 20))
def test_one_frame_of_every_theta(theta, index):
    record = Record(image=torch.arange(11.0).reshape(11, 1, 1, 1), time=torch.arange(11))
    new = SequenceSample(theta, ("image", "time"))(record, SampleRng(sample_keys(0, 0, index)))
    assert (new.time // theta).tolist() == list(range(11 // theta))
    assert torch.equal(new.image.flatten(), new.time.float())


def test_all_sequences_of_a_record_keep_the_same_frames():
    time = torch.arange(7)
    frames = ArrayDataset(video=[0] * 7, frame=time, image=time.reshape(-1, 1, 1, 1).float())
    named = frames.map(lambda r: r.join(Record(name=str(int(r.frame)), label=r.frame.expand(2, 2))))
    films = SequenceDataset(named.append_labels(frames.labels), 6)
    together = films.augment(SequenceSample(2)).get_batch(np.arange(2))
    for i in (0, 1):
        one = films.augment(SequenceSample(2))[i]
        kept = one.frame.tolist()
        assert [t // 2 for t in (one.frame - i).tolist()] == [0, 1, 2]
        assert one.image.flatten().tolist() == one.label[:, 0, 0].tolist() == kept
        assert one.name == [str(t) for t in kept] == together.name[i]
        assert together.label[i, :, 1, 1].tolist() == kept
    with pytest.raises(ConfigError, match="unknown field 'image' in SequenceSample, names"):
        frames.filter_fields(["video"]).augment(SequenceSample(2))[0]


def test_every_frame_of_a_group_is_taken_about_as_often():
    time = torch.arange(8).expand(3000, 8)
    dataset = ArrayDataset(image=time[..., None, None, None].float(), time=time)
    new = dataset.augment(SequenceSample(4, ("image", "time"))).get_batch(np.arange(3000))
    counts = torch.bincount(new.time.flatten(), minlength=8)
    assert (counts - 750).square().sum() / 750 < 24.3  # chi-square, 6 degrees of freedom, 0.05 %
    assert torch.equal(new.image.flatten(), new.time.flatten().float())


def test_each_sample_has_a_stream_of_its_own():
    image = FLOATS.expand(200, -1, -1, -1)
    for operation in (
        Maybe(GaussianNoise(0.1), 1.0),
        OneOf(GaussianNoise(0.1), GaussianNoise(0.2)),
    ):
        noisy = ArrayDataset(image=image).augment(operation).get_batch(np.arange(200)).image
        assert len({one.numpy().tobytes() for one in noisy}) == 200


def test_maybe_and_one_of_are_as_frequent_as_asked_for():
    image = torch.zeros(3000, 1, 1, 2)
    image[..., 1] = 1
    white, black = Cutout(9, 1.0), Cutout(9, 0.0)
    everything = np.arange(3000)
    some = ArrayDataset(image=image).augment(Maybe(white, 0.2)).get_batch(everything).image
    assert abs(float((some.sum((1, 2, 3)) == 2).double().mean()) - 0.2) < 0.03
    either = ArrayDataset(image=image).augment(OneOf(white, black, RandomFlip(1.0)))
    sums = either.get_batch(everything).image.sum((1, 2, 3)).long()
    assert (torch.bincount(sums) - 1000).square().sum() / 1000 < 15.2  # 2 degrees, 0.05 %
