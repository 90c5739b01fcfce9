"""Datasets as folders of plain files that any tool can read, and that run nothing."""

from labwork.data._folders._folder_dataset import FolderDataset
from labwork.data._folders._save import save_folder

__all__ = ["FolderDataset", "save_folder"]
