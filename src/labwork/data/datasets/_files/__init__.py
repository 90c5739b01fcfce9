"""Finds and reads the files that datasets consist of."""

from labwork.data.datasets._files._content import cut_off, need_content
from labwork.data.datasets._files._folders import find_dataset_folder
from labwork.data.datasets._files._idx import read_idx
from labwork.data.datasets._files._images import frame_count, image_size, read_image
from labwork.data.datasets._files._label_maps import class_lookup, read_label_map
from labwork.data.datasets._files._listing import (
    IMAGE_ENDINGS,
    class_folders,
    list_images,
    pack_names,
)
from labwork.data.datasets._files._mat import read_mat
from labwork.data.datasets._files._origin import Origin
from labwork.data.datasets._files._unpickle import read_plain_pickle

__all__ = [
    "IMAGE_ENDINGS",
    "Origin",
    "class_folders",
    "class_lookup",
    "cut_off",
    "find_dataset_folder",
    "frame_count",
    "image_size",
    "list_images",
    "need_content",
    "pack_names",
    "read_idx",
    "read_image",
    "read_label_map",
    "read_mat",
    "read_plain_pickle",
]
