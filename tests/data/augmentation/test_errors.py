"""What can't be done is said in one clear line."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import Batch, Record, SampleRng
from labwork.data._rng import sample_keys
from labwork.data.augmentation import (
    CenterCrop,
    ColorJitter,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Maybe,
    Mixup,
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
    SequenceSample,
    Sequential,
    from_torchvision,
)

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomFlip(1.5), "RandomFlip: p must be from 0 to 1, not 1.5"),
        (lambda: RandomFlip(NAN), "RandomFlip: p must be from 0 to 1, not nan"),
        (lambda: RandomFlip(True), "RandomFlip: p must be from 0 to 1, not True"),
        (lambda: RandomFlip(0.5, "horizontl"), "not 'horizontl'; did you mean 'horizontal'?"),
        (lambda: RandomFlip(fields={"image": "picture"}), "unknown kind 'picture' in fields"),
        (lambda: RandomCrop(0), "RandomCrop: size (height) must be a whole number of 1 or more"),
        (lambda: RandomCrop((1, 2, 3)), "size must be a number or (height, width)"),
        (lambda: RandomCrop(8, padding=-1), "padding must be a whole number of 0 or more, not -1"),
        (lambda: CenterCrop(2.5), "size (height) must be a whole number of 1 or more, not 2.5"),
        (lambda: Pad((1, 2)), "margin must be a number or (left, top, right, bottom)"),
        (lambda: Pad(1, fill=255), "Pad: fill must be from 0 to 1, not 255"),
        (lambda: PadCropFlip(-1), "padding must be a whole number"),
        (lambda: RandomResizedCrop(8, area=(0.5, 0.1)), "area must be (smallest, largest)"),
        (lambda: RandomResizedCrop(8, area=(0.5, 2)), "area[1] must be from 1e-06 to 1, not 2"),
        (lambda: RandomResizedCrop(8, ratio=1), "ratio must be a pair (smallest, largest)"),
        (lambda: Resize(8, interpolation="bilinar"), "did you mean 'bilinear'?"),
        (lambda: Resize(8, library="cv"), "library must be one of 'torch', 'opencv'"),
        (lambda: RandomScaleCrop(8, scale=(0, 1)), "scale[0] must be from 0.001 to 1000, not 0"),
        (lambda: RandomRotation(400), "degrees must be from 0 to 360, not 400"),
        (lambda: RandomRotation((10, -10)), "degrees must be (smallest, largest)"),
        (lambda: RandomRotation(5, interpolation="bicubic"), "must be one of 'nearest'"),
        (lambda: ColorJitter(-0.1), "brightness must be from 0 to 1000, not -0.1"),
        (lambda: ColorJitter(hue=0.6), "hue must be from 0 to 0.5, not 0.6"),
        (lambda: ColorJitter(contrast=(1, INF)), "contrast[1] must be from 0 to 1000, not inf"),
        (lambda: RandomGamma((0, 1)), "gamma[0] must be"),
        (lambda: GaussianBlur((2, 1)), "sigma must be (smallest, largest), not (2, 1)"),
        (lambda: GaussianNoise(NAN), "std must be from 0 to 1000, not nan"),
        (lambda: RandomJPEG((0, 50)), "quality[0] must be from 1 to 100, not 0"),
        (lambda: RandomJPEG((1.5, 50)), "quality must be a whole number of 1 or more, not 1.5"),
        (lambda: Cutout(-1), "size must be a whole number of 0 or more, not -1"),
        (lambda: Mixup(0), "alpha must be from 0.001 to 1000, not 0"),
        (lambda: Mixup(class_count=0), "class_count must be a whole number of 1 or more, not 0"),
        (lambda: RandAugment(-1), "count must be a whole number of 0 or more, not -1"),
        (lambda: RandAugment(2, 31), "magnitude must be from 0 to 30, not 31"),
        (lambda: SequenceSample(0), "theta must be a whole number of 1 or more, not 0"),
        (lambda: SequenceSample(2, "image"), "names must be ('image', …), not 'image'"),
        (lambda: Maybe(RandomFlip), "did you mean RandomFlip(…)?"),
        (lambda: OneOf(), "OneOf takes one augmentation or more, not none"),
        (lambda: Sequential(RandomFlip(), abs), "Sequential takes augmentations, and"),
        (lambda: RandomFlip() >> abs, "takes augmentations, and <built-in function abs> is none"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ConfigError, match=re.escape(message)) as error:
        make()
    assert "\n" not in str(error.value)


IMAGE = torch.rand(3, 6, 8)


@pytest.mark.parametrize(
    ("operation", "fields", "message"),
    [
        (RandomCrop(7), {"image": IMAGE}, "a window of 7×7 doesn't fit into an image of 6×8"),
        (CenterCrop(9), {"image": IMAGE}, "CenterCrop: a window of 9×9 doesn't fit"),
        (
            RandomFlip(),
            {"image": IMAGE, "label": torch.zeros(6, 7).long()},
            "must have one size, not image 6×8, label 6×7",
        ),
        (RandomFlip(), {"image": IMAGE.long()}, "must be uint8 or floating point"),
        (RandomFlip(), {"image": IMAGE[0]}, "shape (C, H, W), not float32 (6, 8)"),
        (RandomFlip(), {"image": IMAGE.numpy()}, "a tensor, not ndarray; torch.from_numpy makes"),
        (
            RandomFlip(),
            {"image": IMAGE, "label": torch.zeros(6, 8).byte()},
            "field 'label' must be signed integers of shape (H, W), not uint8 (6, 8)",
        ),
        (
            RandomFlip(),
            {"image": IMAGE, "boxes": torch.zeros(2, 5)},
            "field 'boxes' must be floating point of shape (K, 4), not float32 (2, 5)",
        ),
        (RandomFlip(), {"picture": IMAGE}, "the record has picture, and no image; say which"),
        (RandomFlip().on(imag="image"), {"image": IMAGE}, "did you mean 'image'?"),
        (ColorJitter(hue=0.1), {"image": IMAGE[:2]}, "1 or 3 channels (grey or RGB), not 2"),
        (RandomJPEG(), {"image": IMAGE[:2]}, "RandomJPEG: images have 1 or 3 channels, not 2"),
        (RandomFlip(), {"image": torch.rand(32, 48, 3)}, "are (C, H, W): image.permute(2, 0, 1)"),
        (RandomCrop(8), {"image": torch.rand(64, 16, 1)}, "image.permute(2, 0, 1)"),
        (RandomFlip().on(left="image"), {"left": torch.rand(16, 16, 4)}, "left.permute(2, 0, 1)"),
        (ColorJitter(0.1), {"image": torch.rand(5, 32, 40, 3)}, "image.permute(0, 3, 1, 2)"),
        (SequenceSample(7), {"image": IMAGE}, "7 or more, and have: image 3"),
        (SequenceSample(2, ("film",)), {"image": IMAGE}, "unknown field 'film' in SequenceSample"),
    ],
)
def test_wrong_records(operation, fields, message):
    with pytest.raises(ConfigError, match=re.escape(message)) as error:
        operation(Record(fields), SampleRng(sample_keys(0, 0, 0)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "shape",
    [
        *((3, 64, 4), (3, 4, 64), (1, 500, 3), (4, 32, 1), (13, 64, 64), (200, 1, 1), (64, 4, 4)),
        *((64, 8, 3), (22, 1000, 1), (512, 16, 1), (7, 3, 64, 64), (64, 3, 32, 4)),
    ],
)
def test_channels_may_be_many_and_images_narrow(shape):
    image = torch.rand(shape)
    new = RandomFlip(1.0)(Record(image=image), SampleRng(sample_keys(0, 0, 0)))
    assert torch.equal(new.image, image.flip(-1))


VALUES = [ColorJitter(0.1), RandomGamma(), GaussianBlur(), GaussianNoise(0.1), RandAugment(20)]
BICUBIC = [Resize(4, interpolation="bicubic"), RandomResizedCrop(4, interpolation="bicubic")]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (IMAGE * 255, r"values from \d.* to \d\d.*: divide by 255, or keep uint8"),
        (IMAGE * 4 - 2, r"values from -.*: augment before they are standardized, or clamp"),
        (IMAGE.half() * 255, "divide by 255"),
        (IMAGE.clone().fill_(NAN), "values from nan to nan"),
        (IMAGE + INF, "values from inf to inf"),
    ],
)
@pytest.mark.parametrize("operation", [*VALUES, *BICUBIC], ids=repr)
def test_values_out_of_range_are_told(operation, image, message):
    with pytest.raises(ConfigError, match=message) as error:
        operation(Record(image=image), SampleRng(sample_keys(0, 0, 0)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("operation", [RandomFlip(), RandomCrop(4), Resize(4), Cutout(2)], ids=repr)
def test_what_moves_pixels_takes_any_values(operation):
    new = operation(Record(image=IMAGE * 255), SampleRng(sample_keys(0, 0, 0)))
    assert new.image.max() > 100


@pytest.mark.parametrize("operation", [*VALUES, *BICUBIC], ids=repr)
def test_rounding_out_of_range_is_forgiven(operation):
    image = IMAGE.clone()
    image[0, 0, :2] = torch.tensor([-1e-3, 1 + 1e-3])
    new = operation(Record(image=image), SampleRng(sample_keys(0, 0, 0)))
    assert -0.01 < new.image.min() <= new.image.max() < 1.01


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (Maybe(Resize(4)), "Maybe: field 'image' is float32 (3, 4, 4) in some samples of a batch"),
        (RandomRotation(20, grow=True), "grow=True gives each sample another size"),
        (from_torchvision(abs), "torchvision's transforms draw once a batch"),
    ],
)
def test_wrong_for_batches(operation, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        operation(Batch(image=torch.rand(9, 3, 8, 8)), SampleRng(sample_keys(0, 0, range(9))))


def test_batch_and_rng_must_agree():
    with pytest.raises(ConfigError, match="field 'image' has 4 samples, the rng draws for 3"):
        RandomFlip()(
            Batch(image=torch.rand(4, 3, 8, 8)), SampleRng(sample_keys(0, 0, np.arange(3)))
        )


def test_what_is_missing_is_named():
    code = (
        "import sys; sys.modules['cv2'] = None; sys.modules['torchvision.tv_tensors'] = None\n"
        "import torch\n"
        "from labwork.core import ConfigError\n"
        "from labwork.data import ArrayDataset\n"
        "from labwork.data.augmentation import RandomJPEG, Resize, from_torchvision\n"
        "dataset = ArrayDataset(image=torch.rand(1, 3, 4, 4))\n"
        "for o in (RandomJPEG(), Resize(2, library='opencv'), from_torchvision(abs)):\n"
        "    try:\n"
        "        dataset.augment(o)[0]\n"
        "    except ConfigError as error:\n"
        "        print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "RandomJPEG needs OpenCV: pip install 'labwork[images]'",
        "Resizing with library='opencv' needs OpenCV: pip install 'labwork[images]'",
        "from_torchvision needs torchvision: pip install torchvision",
    ]
