"""Where the folders of datasets are."""

from collections.abc import Sequence
from pathlib import Path

from labwork.core import ConfigError, find_datasets

__all__ = ["find_dataset_folder"]


def find_dataset_folder(names: Sequence[str], what: str) -> Path:
    """The first folder of one of these names in the folders of datasets.

    Args:
        names: what the folder may be called; paths are relative to a folder of datasets.
        what: what it should hold and where that comes from, for the error's message.

    Raises:
        ConfigError: where there is none; the message says what to put where.
    """
    places = find_datasets()
    for place in places:
        for name in names:
            if (place / name).is_dir():
                return place / name
    where = " or ".join(map(str, places)) or "a folder data/datasets that you make here"
    raise ConfigError(
        f"{what} isn't there: put its folder {names[0]!r} into {where}, or say in LABWORK_DATASETS "
        "where your datasets are"
    )
