"""Libraries that only what some users need is made with, imported when it is used."""

import shlex
from importlib import import_module
from typing import Any

from labwork.core._errors import ConfigError

__all__ = ["import_extra"]

_EXTRAS = {  # by package: its name in messages, and what pip is asked for
    "PIL": ("Pillow", "labwork[images]"),
    "cv2": ("OpenCV", "labwork[images]"),
    "google_crc32c": ("google-crc32c", "labwork[tfrecords]"),
    "h5py": ("h5py", "labwork[hdf5]"),
    "lmdb": ("lmdb", "labwork[lmdb]"),
    "matplotlib": ("matplotlib", "labwork[plot]"),
    "pyarrow": ("pyarrow", "labwork[parquet]"),
    "safetensors": ("safetensors", "labwork[safetensors]"),
    "scipy": ("SciPy", "labwork[images]"),
    "sklearn": ("scikit-learn", "labwork[digits]"),
    "tensorboard": ("TensorBoard", "labwork[tensorboard]"),
    "torchvision": ("torchvision", "torchvision"),
}


def import_extra(module: str, purpose: str) -> Any:
    """Imports a module of a library that one of Labwork's extras brings.

    Args:
        module: such as ``PIL.Image``.
        purpose: what it is needed for, as the beginning of a sentence.

    Raises:
        ConfigError: the library isn't installed; the message says how to get it.

    >>> import_extra("h5py", "HDF5 files").__name__
    'h5py'
    """
    package = module.partition(".")[0]
    library, wanted = _EXTRAS[package]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise  # it is there, and lacks something itself
        hint = f"pip install {shlex.quote(wanted)}"
        raise ConfigError(f"{purpose} needs {library}: {hint}") from error
