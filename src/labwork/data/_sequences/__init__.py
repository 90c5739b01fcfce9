"""Datasets whose samples are made of several samples of another one."""

from labwork.data._sequences._sequence_dataset import SequenceDataset
from labwork.data._sequences._view_dataset import ViewDataset

__all__ = ["SequenceDataset", "ViewDataset"]
