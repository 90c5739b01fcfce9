"""Records, datasets and the loader whose order and randomness are addressed."""

from labwork.data._arrays import ArrayDataset
from labwork.data._batch import Batch, batch_size, collate
from labwork.data._dataset import Dataset
from labwork.data._folders import FolderDataset, save_folder
from labwork.data._function_dataset import FunctionDataset
from labwork.data._loader import DataLoader
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data._sequences import SequenceDataset, ViewDataset
from labwork.data._shift import RandomShift
from labwork.data.datasets import Digits

__all__ = [
    "ArrayDataset",
    "Batch",
    "DataLoader",
    "Dataset",
    "Digits",
    "FolderDataset",
    "FunctionDataset",
    "RandomShift",
    "Record",
    "SampleRng",
    "SequenceDataset",
    "ViewDataset",
    "batch_size",
    "collate",
    "save_folder",
]
