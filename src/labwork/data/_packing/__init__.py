"""Packing: datasets as a few large files, with samples read at random places."""

from labwork.data._packing._pack import pack
from labwork.data._packing._packed_dataset import PackedDataset

__all__ = ["PackedDataset", "pack"]
