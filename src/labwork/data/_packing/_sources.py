"""What ``pack`` was given, as a source."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from labwork.core import ConfigError
from labwork.data._dataset import Dataset
from labwork.data._packing._dataset_source import DatasetSource
from labwork.data._packing._file_list import read_file_list
from labwork.data._packing._file_list_source import FileListSource
from labwork.data._packing._image_options import ImageOptions
from labwork.data._packing._source import Source

__all__ = ["Listing", "open_source"]

Types = Sequence[str] | Mapping[str, str] | None


class Listing(NamedTuple):
    """How a file list is read."""

    file_dir: str | os.PathLike[str] | None = None
    is_seq: bool = False
    delimiter: str = ","
    quote: str = '"'


def open_source(
    source: str | os.PathLike[str] | Dataset,
    dtypes: Types,
    options: ImageOptions,
    skips: bool,
    listing: Listing,
) -> Source:
    """The samples of a dataset, or those of a file list, whose rows are checked here.

    Raises:
        ConfigError: where a row is bad and bad ones aren't skipped, or arguments don't fit.
    """
    if isinstance(source, Dataset):
        if listing != Listing() or not isinstance(dtypes, Mapping | None):
            raise ConfigError(
                "file_dir, is_seq, delimiter, quote and a list of dtypes belong to a file list; for"
                " a dataset, dtypes names fields: {'boxes': 'vfloat32'}"
            )
        return DatasetSource(source, dtypes or {}, options, skips)
    if isinstance(dtypes, Mapping):
        raise ConfigError("the dtypes of a file list are a list: ['int64', 'vfloat32']")
    if not isinstance(source, str | os.PathLike):
        raise ConfigError(
            f"a {type(source).__name__} can't be packed, but a file list's path or a Dataset:"
            " FunctionDataset(theirs.__getitem__, len(theirs)) makes one of another's"
        )
    path = Path(source)
    files = read_file_list(path, listing.delimiter, listing.quote)
    folder = path.parent if listing.file_dir is None else Path(listing.file_dir)
    with_channels = replace(options, channels=options.channels or 3)
    found = FileListSource(files, folder, dtypes, listing.is_seq, with_channels)
    if not skips:
        _check_rows(found)
    return found


def _check_rows(source: FileListSource) -> None:
    bad: list[str] = []
    for index in range(len(source)):
        try:
            source.check(index)
        except ConfigError as error:
            bad.append(str(error))
    if bad:
        more = f" (and {len(bad) - 1} more bad rows)" if len(bad) > 1 else ""
        raise ConfigError(f"{bad[0]}{more}")
