"""Records, datasets and the loader whose order and randomness are addressed."""

from labwork.data._arrays import ArrayDataset
from labwork.data._batch import Batch, batch_size, collate
from labwork.data._dataset import Dataset
from labwork.data._folders import FolderDataset, save_folder
from labwork.data._function_dataset import FunctionDataset
from labwork.data._loader import DataLoader
from labwork.data._packing import PackedDataset, pack
from labwork.data._provider import DataProvider
from labwork.data._readers import read
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data._samplers import (
    Bucketed,
    ClassBalanced,
    Sampler,
    Sequential,
    Shuffled,
    Weighted,
)
from labwork.data._sequences import SequenceDataset, ViewDataset
from labwork.data._shift import RandomShift
from labwork.data._workers import WorkerError
from labwork.data._zip_loader import ZipLoader
from labwork.data.datasets import Digits

__all__ = [
    "ArrayDataset",
    "Batch",
    "Bucketed",
    "ClassBalanced",
    "DataLoader",
    "DataProvider",
    "Dataset",
    "Digits",
    "FolderDataset",
    "FunctionDataset",
    "PackedDataset",
    "RandomShift",
    "Record",
    "SampleRng",
    "Sampler",
    "SequenceDataset",
    "Sequential",
    "Shuffled",
    "ViewDataset",
    "Weighted",
    "WorkerError",
    "ZipLoader",
    "batch_size",
    "collate",
    "pack",
    "read",
    "save_folder",
]
