"""Augmentations: random changes of images and of all that belongs to them."""

from labwork.data.augmentation._augmentation import Augmentation, Sequential
from labwork.data.augmentation._blur import GaussianBlur
from labwork.data.augmentation._choice import Maybe, OneOf
from labwork.data.augmentation._color_jitter import ColorJitter
from labwork.data.augmentation._crop import CenterCrop, RandomCrop
from labwork.data.augmentation._cutmix import CutMix
from labwork.data.augmentation._cutout import Cutout
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._flip import RandomFlip
from labwork.data.augmentation._gamma import RandomGamma
from labwork.data.augmentation._geometric import Geometric
from labwork.data.augmentation._jpeg import RandomJPEG
from labwork.data.augmentation._mixup import Mixup
from labwork.data.augmentation._noise import GaussianNoise
from labwork.data.augmentation._operation import Operation, Photometric
from labwork.data.augmentation._pad import Pad
from labwork.data.augmentation._pad_crop_flip import PadCropFlip
from labwork.data.augmentation._rand_augment import RandAugment
from labwork.data.augmentation._resize import Resize
from labwork.data.augmentation._resized_crop import RandomResizedCrop
from labwork.data.augmentation._rotation import RandomRotation
from labwork.data.augmentation._scale_crop import RandomScaleCrop
from labwork.data.augmentation._sequence_sample import SequenceSample
from labwork.data.augmentation._torchvision import from_torchvision

__all__ = [
    "Augmentation",
    "CenterCrop",
    "ColorJitter",
    "CutMix",
    "Cutout",
    "Draws",
    "GaussianBlur",
    "GaussianNoise",
    "Geometric",
    "Maybe",
    "Mixup",
    "OneOf",
    "Operation",
    "Pad",
    "PadCropFlip",
    "Photometric",
    "RandAugment",
    "RandomCrop",
    "RandomFlip",
    "RandomGamma",
    "RandomJPEG",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomScaleCrop",
    "Resize",
    "SequenceSample",
    "Sequential",
    "from_torchvision",
]
