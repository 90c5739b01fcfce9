"""Methods of a dataset that keep what was computed."""

# ruff: noqa: D417 - ``self`` is the dataset: these functions are methods of Dataset

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from labwork.core import ensure_directory, find_cache
from labwork.data._caches import StoredSamples, Watch, compute, fingerprint, stored
from labwork.data._changes import Informed, InMemory, OnDisk, varies

if TYPE_CHECKING:
    from labwork.data._dataset import Dataset

__all__ = ["cache", "cache_hdd", "info_cache", "info_cache_hdd"]

_SHOWN = 500  # letters of a chain of changes


def cache(self: "Dataset") -> "Dataset":
    """Keeps each field in memory once it was computed.

    It is the memory of one process: a loader's worker keeps what it fetched itself. Who gets a
    value gets a copy. Functions that draw from global generators of random numbers get the same
    ones for a sample each time. What changes after a value was computed doesn't change it; a
    cache on the disk behind this one computes its values anew.

    Raises:
        ConfigError: behind ``augment`` or ``shuffle``, which give something else in each epoch.

    >>> from labwork.data import FunctionDataset, Record
    >>> asked = []
    >>> slow = FunctionDataset(lambda i: Record(x=asked.append(i)), 3).cache()
    >>> slow[1].x, slow[1].x, asked
    (None, None, [1])
    """
    _check_steady(self)
    return self._changed(InMemory())


def cache_hdd(self: "Dataset", name: str | None = None) -> "Dataset":
    """Keeps each field on the disk once it was computed, for all processes and later runs.

    The key is a digest of all that makes the samples, as ``identity`` tells: what the source is,
    and for each ``map`` its code, with all that this refers to. So a change of code begins a new
    cache. Caches are in the folder ``cache`` of ``LABWORK_DATA``; ``labwork cache`` lists and
    frees them. Several processes may fill one at a time; each sample is computed by one of them.
    When a field that an earlier process left is first read, three of its values are compared with
    new ones. It is looked again and again whether what makes the samples is still what the key
    tells.

    Args:
        name: in place of what makes the samples; you vouch for it that they are the same
            whenever you use the name.

    Raises:
        ConfigError: behind ``augment`` or ``shuffle``; where it can't be known what makes the
            samples, as a function reads a file, the environment or the clock, for instance, or
            uses a library that isn't known only to compute, and no name is given; where no folder
            is there to write to. When a sample is fetched: where it is no record of plain data and
            arrays, or isn't what is cached, or where what makes it has changed meanwhile.

    >>> from tempfile import TemporaryDirectory
    >>> from unittest.mock import patch
    >>> from labwork.data import Digits
    >>> small = Digits("test").map_fields(image=lambda image: image[:, ::2, ::2])
    >>> with TemporaryDirectory() as folder, patch.dict("os.environ", LABWORK_CACHE=folder):
    ...     print(small.cache_hdd()[0].image.shape)
    torch.Size([1, 4, 4])
    """
    _check_steady(self)
    watch = Watch(partial(_samples_made_by, self)) if name is None else None
    key = fingerprint(("named", name)) if watch is None else watch.key
    samples = StoredSamples(_folder() / key, len(self), _about(self, name, "samples"), watch)
    return self._changed(OnDisk(samples, name))


def info_cache(self: "Dataset", **functions: Callable[["Dataset"], Any]) -> "Dataset":
    """Adds facts to ``info`` that are computed from the dataset once, when they are first read.

    Args:
        **functions: each gets this dataset and gives the fact of its name.

    Raises:
        ConfigError: behind ``augment`` or ``shuffle``.

    >>> import numpy as np
    >>> from labwork.data import Digits
    >>> counted = Digits("test").info_cache(counts=lambda ds: np.bincount(ds.labels["label"]))
    >>> counted.info["class_count"], int(counted[:8].info["counts"].sum())
    (10, 300)
    """
    _check_steady(self)
    makers = {fact: partial(compute, function) for fact, function in functions.items()}
    return self._changed(Informed(makers, "info_cache"))


def info_cache_hdd(
    self: "Dataset", name: str | None = None, /, **functions: Callable[["Dataset"], Any]
) -> "Dataset":
    """As ``info_cache``, and the facts are kept on the disk for all processes and later runs.

    Three samples are kept with a fact (arrays of more than 65,536 numbers thinned), and compared
    with new ones when a process first reads the fact. The fact itself isn't computed again.

    Args:
        name: in place of what makes the samples and the facts, as in ``cache_hdd``.
        **functions: each gets this dataset and gives the fact of its name: plain data or arrays.

    Raises:
        ConfigError: as ``cache_hdd``; when a fact is read, where the samples aren't those that it
            was computed from, or where what makes it has changed meanwhile.

    >>> from tempfile import TemporaryDirectory
    >>> from unittest.mock import patch
    >>> from labwork.data import Digits
    >>> with TemporaryDirectory() as folder, patch.dict("os.environ", LABWORK_CACHE=folder):
    ...     digits = Digits("test").info_cache_hdd(count=lambda ds: len(ds.labels["label"]))
    ...     print(digits.info["count"])
    300
    """
    _check_steady(self)
    folder = _folder()
    makers = {}
    for fact, function in functions.items():
        watch = Watch(partial(_fact_made_by, function, self)) if name is None else None
        key = fingerprint(("named", name, fact)) if watch is None else watch.key
        about = _about(self, name, f"info: {fact}")
        makers[fact] = partial(stored, folder / key, about, watch, function)
    return self._changed(Informed(makers, "info_cache_hdd"))


def _check_steady(dataset: "Dataset") -> None:
    if dataset.at(0, 1) is not dataset:
        raise varies(repr(dataset))


def _samples_made_by(dataset: "Dataset") -> Any:
    return "samples", dataset, torch.get_default_dtype()


def _fact_made_by(function: Callable[["Dataset"], Any], dataset: "Dataset") -> Any:
    return "fact", function, dataset, dataset.info, torch.get_default_dtype()


def _folder() -> Path:
    return ensure_directory(find_cache() / "datasets", "LABWORK_CACHE")


def _about(dataset: "Dataset", name: str | None, kind: str) -> dict[str, Any]:
    shown = repr(dataset)
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    return {"kind": kind, "dataset": shown, "name": name}
