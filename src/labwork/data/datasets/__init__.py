"""Datasets by name, each in a file of its own."""

from labwork.data.datasets._ade20k import ADE20K
from labwork.data.datasets._camvid import CamVid
from labwork.data.datasets._cifar import Cifar10, Cifar100
from labwork.data.datasets._cityscapes import Cityscapes
from labwork.data.datasets._digits import Digits
from labwork.data.datasets._image_folder import ImageFolder
from labwork.data.datasets._imagenet import ImageNet
from labwork.data.datasets._mapillary_vistas import MapillaryVistas
from labwork.data.datasets._mnist import KMNIST, MNIST, FashionMNIST
from labwork.data.datasets._shapes import Shapes
from labwork.data.datasets._stl10 import STL10
from labwork.data.datasets._svhn import SVHN
from labwork.data.datasets._synthetic_classification import SyntheticClassification
from labwork.data.datasets._tiny_imagenet import TinyImageNet
from labwork.data.datasets._two_moons import TwoMoons
from labwork.data.datasets._voc import VOC2012Segmentation
from labwork.data.datasets._white_noise import WhiteNoise

__all__ = [
    "ADE20K",
    "CamVid",
    "Cifar10",
    "Cifar100",
    "Cityscapes",
    "Digits",
    "FashionMNIST",
    "ImageFolder",
    "ImageNet",
    "KMNIST",
    "MNIST",
    "MapillaryVistas",
    "STL10",
    "SVHN",
    "Shapes",
    "SyntheticClassification",
    "TinyImageNet",
    "TwoMoons",
    "VOC2012Segmentation",
    "WhiteNoise",
]
