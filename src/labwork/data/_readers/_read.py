"""read: a file's content as arrays, or as a dataset."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, overload

from labwork.data._dataset import Dataset
from labwork.data._readers._detect import detect, first_bytes, format_of_name
from labwork.data._readers._source import Source

__all__ = ["read"]

Decode = Callable[[bytes], Any]


@overload
def read(
    path: str | os.PathLike[str],
    *,
    as_dataset: Literal[True],
    format: str | None = None,
    decode: Decode | None = None,
    trusted: bool = False,
) -> Dataset: ...
@overload
def read(
    path: str | os.PathLike[str],
    *,
    as_dataset: bool = False,
    format: str | None = None,
    decode: Decode | None = None,
    trusted: bool = False,
) -> Any: ...
def read(
    path: str | os.PathLike[str],
    *,
    as_dataset: bool = False,
    format: str | None = None,
    decode: Decode | None = None,
    trusted: bool = False,
) -> Any:
    r"""What a file of one of many formats holds.

    They are JSON, YAML, CSV, NPY, NPZ, pickle, TFRecord, HDF5, LMDB, Parquet and images.

    The format is known by what the file begins with where that is clear, else by its ending.

    JSON, YAML and pickles give what was written; a NPY file its array; an image uint8 of shape
    (3, H, W); CSV, NPZ, TFRecord, HDF5 and Parquet a mapping from the names of fields to arrays,
    or to lists where values don't fit an array; LMDB a mapping from keys to values.

    As a dataset, a file gives records, whose numbers are tensors. NPY files are mapped, and
    TFRecord, HDF5, LMDB, Parquet and animations are read where and when a sample is asked for;
    the others are read at once. TFRecord files that are compressed are unpacked into memory.

    Args:
        path: the file, or the folder of an LMDB.
        as_dataset: whether to give a ``Dataset``.
        format: the name of the format, where neither content nor ending tell it.
        decode: makes a value of bytes, in TFRecord, LMDB and Parquet files. By default images and
            NPY files become arrays and all else stays bytes; ``decode=bytes`` leaves all of them.
        trusted: whether you trust a pickle, which can run any code. No other format can.

    Raises:
        ConfigError: where the file is missing or damaged, has no samples, or needs a library that
            isn't installed; the message says where, and what would be right.

    Warns:
        UserWarning: where a file holds another format than its ending says.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "scores.csv"
    >>> _ = path.write_text("name,score\nann,3\nbob,5\n")
    >>> read(path)
    {'name': array(['ann', 'bob'], dtype='<U3'), 'score': array([3, 5])}
    >>> read(path, as_dataset=True)[1]
    Record(name='bob', score=tensor(5))
    """
    source = Source(Path(path).expanduser(), decode, trusted)
    content = first_bytes(source.path)
    found = detect(source.path, content) if format is None else format_of_name(format)
    return found.dataset(source) if as_dataset else found.read(source)
