"""Writing a dataset as a folder."""

import os
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from labwork.core import ConfigError
from labwork.data._dataset import Dataset
from labwork.data._folders._meta import Meta, write_meta
from labwork.data._folders._nested import Layout, check_alike, parts_of
from labwork.data._folders._plain import plain_items
from labwork.data._folders._writers import FieldWriter
from labwork.data._record import Record

__all__ = ["save_folder"]


def save_folder(dataset: Dataset, path: str | os.PathLike[str]) -> None:
    """Writes a dataset of records as a folder, which ``FolderDataset(path)`` reads again.

    Numbers become one array a field in ``labels``; other fields a file for each sample in
    ``samples``: ``.npy``, ``.png`` (uint8 pictures, where Pillow is installed), ``.txt``, ``.bin``
    or ``.json``. What is inside of records, dictionaries, lists and tuples is stored as fields of
    its own, such as ``view.image``, save where these hold numbers and strings alone. ``meta.yaml``
    says the rest, plain items of ``info`` included. Samples are fetched and written one by one,
    under a temporary name that is moved into place at the end.

    Raises:
        ConfigError: where ``path`` exists, samples aren't records with the same fields, or a field
            can't be stored or isn't of one kind; index and field are named.

    >>> import tempfile
    >>> from labwork.data import ArrayDataset, FolderDataset
    >>> path = Path(tempfile.mkdtemp()) / "pairs"
    >>> save_folder(ArrayDataset(x=[[1.0, 2.0], [3.0, 4.0]], label=[0, 1]), path)
    >>> FolderDataset(path)[1].evaluate()
    Record(x=tensor([3., 4.], dtype=torch.float64), label=tensor(1))
    """
    target = Path(path)
    if target.exists():
        raise ConfigError(f"{target} exists already: choose another name, or remove it first")
    unfinished = target.with_name(f".{target.name}.{uuid4().hex}.unfinished")
    unfinished.mkdir(parents=True)
    try:
        write_meta(unfinished, _write_samples(dataset, unfinished))
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_samples(dataset: Dataset, folder: Path) -> Meta:
    writers: dict[str, FieldWriter] = {}
    layout: Layout = {}
    for index, record in enumerate(dataset):
        _check_fields(record, index, layout, dataset)
        found, parts = _taken_apart(record, index, layout, dataset)
        layout = layout or found
        for name, value in parts.items():
            try:
                if index == 0:
                    writers[name] = FieldWriter(folder, name, value, len(dataset))
                writers[name].write(index, value)
            except ConfigError as error:
                where = f"field {name!r} of sample {index} of {dataset!r} can't be stored"
                raise ConfigError(f"{where}: {error}") from error
    for writer in writers.values():
        writer.close()
    kinds = {name: writer.kind for name, writer in writers.items()}
    return Meta(len(dataset), kinds, layout, plain_items(dataset.info))


def _taken_apart(
    record: Record, index: int, layout: Layout, dataset: Dataset
) -> tuple[Layout, dict[str, Any]]:
    try:
        found, parts = parts_of(record)
        check_alike(found, layout or found)
    except ConfigError as error:
        raise ConfigError(f"sample {index} of {dataset!r}: {error}") from error
    return found, parts


def _check_fields(record: Any, index: int, layout: Layout, dataset: Dataset) -> None:
    if not isinstance(record, Record):
        raise ConfigError(
            f"sample {index} of {dataset!r} is a {type(record).__name__}, no Record:"
            " make it one with dataset.map(lambda x: Record(x=x))"
        )
    if index and record.keys() != [*layout]:
        raise ConfigError(
            f"sample {index} of {dataset!r} has the fields {', '.join(record.keys()) or 'none'},"
            f" but sample 0 has {', '.join(layout) or 'none'}"
        )
