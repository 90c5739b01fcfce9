"""Finds and reads the files that datasets consist of."""

from labwork.data.datasets._files._folders import dataset_folders, find_dataset_folder
from labwork.data.datasets._files._idx import read_idx
from labwork.data.datasets._files._images import image_size, read_image
from labwork.data.datasets._files._label_maps import class_lookup, read_label_map
from labwork.data.datasets._files._listing import class_folders, list_images, pack_names
from labwork.data.datasets._files._mat import read_mat
from labwork.data.datasets._files._origin import Origin
from labwork.data.datasets._files._unpickle import read_plain_pickle

__all__ = [
    "Origin",
    "class_folders",
    "class_lookup",
    "dataset_folders",
    "find_dataset_folder",
    "image_size",
    "list_images",
    "pack_names",
    "read_idx",
    "read_image",
    "read_label_map",
    "read_mat",
    "read_plain_pickle",
]
