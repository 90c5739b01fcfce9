"""Where the folders of datasets are."""

import os
from collections.abc import Sequence
from pathlib import Path

from labwork.core import ConfigError

__all__ = ["dataset_folders", "find_dataset_folder"]


def dataset_folders() -> list[Path]:
    """The folders in which datasets are looked for, in this order; not all need to exist.

    They are those of ``LABWORK_DATASETS`` (several, separated as in ``PATH``), or else
    ``LABWORK_DATA/datasets``, or else the nearest ``data/datasets``; then each ``data/datasets``
    in the current directory and above it.
    """
    start = Path.cwd()
    found = [a / "data" for a in (start, *start.parents) if (a / "data").is_dir()]
    nearby = [data / "datasets" for data in found if (data / "datasets").is_dir()]
    roots = _paths("LABWORK_DATA", start) or found
    chosen = _paths("LABWORK_DATASETS", start) or [root / "datasets" for root in roots[:1]]
    return list(dict.fromkeys(chosen + nearby))


def find_dataset_folder(names: Sequence[str], what: str) -> Path:
    """The first folder of one of these names in the folders of datasets.

    Args:
        names: what the folder may be called; paths are relative to a folder of datasets.
        what: what it should hold and where that comes from, for the error's message.

    Raises:
        ConfigError: where there is none; the message says what to put where.
    """
    places = dataset_folders()
    for place in places:
        for name in names:
            if (place / name).is_dir():
                return place / name
    where = " or ".join(map(str, places)) or "a folder data/datasets that you make here"
    raise ConfigError(
        f"{what} isn't there: put its folder {names[0]!r} into {where}, or say in LABWORK_DATASETS "
        "where your datasets are"
    )


def _paths(variable: str, start: Path) -> list[Path]:
    value = os.environ.get(variable, "")
    parts = value.split(os.pathsep) if variable == "LABWORK_DATASETS" else [value]
    return [start / Path(part).expanduser() for part in parts if part]
