"""Where datasets, caches, pretrained parameters and experiments live."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from labwork.core._errors import ConfigError

__all__ = ["Directories", "ensure_directory", "find_cache", "find_datasets", "find_directories"]


@dataclass(frozen=True, slots=True)
class Directories:
    """The places that Labwork reads from and writes to.

    Attributes:
        datasets: where datasets are looked for, in this order; new ones go to the first.
        cache: what can be computed again.
        pretrained: parameters of pretrained models.
        experiments: one directory for each run.
    """

    datasets: tuple[Path, ...]
    cache: Path
    pretrained: Path
    experiments: Path


def find_directories(
    environ: Mapping[str, str] = os.environ, start: Path | None = None
) -> Directories:
    """The directories that apply to somebody who works in ``start``.

    For each directory the first of these decides:

    1. its own variable: ``LABWORK_DATASETS`` (several, separated as in ``PATH``),
       ``LABWORK_CACHE``, ``LABWORK_PRETRAINED`` or ``LABWORK_EXPERIMENTS``;
    2. ``LABWORK_DATA``, the folder that holds ``datasets``, ``cache`` and so on;
    3. the nearest folder called ``data`` in ``start`` or above it.

    Datasets are also looked for in each ``data/datasets`` that exists in ``start`` or above it.
    Nothing is created here; see ``ensure_directory``.

    Args:
        environ: environment variables.
        start: where the user works, the current directory unless given; paths in variables may
            be relative to it.

    Raises:
        ConfigError: where no variable and no ``data`` folder says where a directory is.

    >>> lab = {"LABWORK_DATA": "/lab", "LABWORK_CACHE": "/fast/cache"}
    >>> directories = find_directories(lab, Path("/home/me"))
    >>> str(directories.experiments), str(directories.cache), str(directories.datasets[0])
    ('/lab/experiments', '/fast/cache', '/lab/datasets')
    """
    start = (start or Path.cwd()).absolute()
    found = _data_folders(start)
    roots = _paths(environ, "LABWORK_DATA", start) or found
    _choose("datasets", environ, start, roots)
    return Directories(
        datasets=find_datasets(environ, start),
        cache=_choose("cache", environ, start, roots)[0],
        pretrained=_choose("pretrained", environ, start, roots)[0],
        experiments=_choose("experiments", environ, start, roots)[0],
    )


def find_datasets(
    environ: Mapping[str, str] = os.environ, start: Path | None = None
) -> tuple[Path, ...]:
    """Where datasets are looked for, as ``find_directories`` says; nowhere, if nothing says it.

    >>> [str(path) for path in find_datasets({"LABWORK_DATASETS": "/a:/b"}, Path("/home/me"))]
    ['/a', '/b']
    """
    start = (start or Path.cwd()).absolute()
    found = _data_folders(start)
    nearby = [data / "datasets" for data in found if (data / "datasets").is_dir()]
    roots = _paths(environ, "LABWORK_DATA", start) or found
    chosen = _paths(environ, "LABWORK_DATASETS", start) or [r / "datasets" for r in roots[:1]]
    return tuple(dict.fromkeys([*chosen, *nearby]))


def find_cache(environ: Mapping[str, str] = os.environ, start: Path | None = None) -> Path:
    """The directory of what can be computed again, as ``find_directories`` finds it.

    Raises:
        ConfigError: where no variable and no ``data`` folder says where it is.

    >>> str(find_cache({"LABWORK_CACHE": "/fast/cache"}, Path("/home/me")))
    '/fast/cache'
    """
    start = (start or Path.cwd()).absolute()
    roots = _paths(environ, "LABWORK_DATA", start) or _data_folders(start)
    return _choose("cache", environ, start, roots)[0]


def ensure_directory(path: Path, variable: str = "LABWORK_DATA") -> Path:
    """Makes the directory ``path`` where it is missing and checks that files can be written in it.

    Args:
        path: the directory.
        variable: the environment variable that lets the user choose another place.

    Returns:
        ``path``.

    Raises:
        ConfigError: where it can't be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        # Permission bits say little about root, quotas and mounts; writing tells.
        with TemporaryFile(dir=path):
            return path
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"can't write in the directory {path} ({reason}); choose another with {variable}"
        ) from error


def _data_folders(start: Path) -> list[Path]:
    return [a / "data" for a in (start, *start.parents) if (a / "data").is_dir()]


def _choose(
    name: str, environ: Mapping[str, str], start: Path, roots: Sequence[Path]
) -> list[Path]:
    variable = f"LABWORK_{name.upper()}"
    chosen = _paths(environ, variable, start) or [root / name for root in roots[:1]]
    if not chosen:
        raise ConfigError(
            f"no place for {name}: there is no data folder in {start} or above it; make one with "
            f"`mkdir data`, or set LABWORK_DATA or {variable}"
        )
    return chosen


def _paths(environ: Mapping[str, str], variable: str, start: Path) -> list[Path]:
    value = environ.get(variable, "")
    parts = value.split(os.pathsep) if variable == "LABWORK_DATASETS" else [value]
    return [start / Path(part).expanduser() for part in parts if part]
