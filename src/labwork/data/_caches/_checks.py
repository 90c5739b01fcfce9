"""Whether a cache holds what is computed now, seen at a few samples."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError
from labwork.data._caches._blobs import encode
from labwork.data._caches._source import Source
from labwork.data._record import Record

__all__ = ["COMPARED", "is_blank", "lie", "spread", "witness"]

COMPARED = 3  # samples
_MOST = 2**16  # numbers of an array that are kept for comparison


def spread(count: int) -> list[int]:
    """Indices of nine samples all over a dataset, of which the first few are so too.

    >>> spread(17), spread(2), spread(0)
    ([0, 16, 8, 4, 12, 2, 6, 10, 14], [0, 1], [])
    """
    eighths = (0, 8, 4, 2, 6, 1, 3, 5, 7) if count else ()
    return [*dict.fromkeys((count - 1) * eighth // 8 for eighth in eighths)]


def is_blank(value: Any) -> bool:
    """Whether it is nothing but zeros, so that much that is done with it changes nothing."""
    if isinstance(value, Tensor):
        return not bool(value.bool().any())
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc" and not np.any(value)
    return not value


def witness(dataset: Any, index: int) -> dict[str, Any] | None:
    """A sample for comparison: large arrays thinned, what can't be stored left out.

    None where the sample can't be computed, as facts may need nothing of it.
    """
    source = Source(dataset, index)
    try:
        sample = source.sample
        names = sample.keys() if isinstance(sample, Record) else []
        return _storable([(name, source.field(name)) for name in names] or [("", sample)])
    except Exception:  # noqa: BLE001 - any dataset may fail in its own way
        return None


def _storable(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    kept = {}
    for name, value in fields:
        try:
            thin = _thinned(value)
            encode(thin)
        except ConfigError:
            continue
        kept[name] = thin
    return kept


def _thinned(value: Any) -> Any:
    is_dense = isinstance(value, np.ndarray) or getattr(value, "layout", None) is torch.strided
    count = int(np.prod(value.shape, dtype=np.int64)) if is_dense else 0
    if count <= _MOST:
        return value
    return [[*value.shape], value.reshape(-1)[:: count // _MOST + 1]]


def lie(path: Path, what: str) -> ConfigError:
    """To be raised where the cache in the folder ``path`` isn't of what is computed now."""
    key = path.name[:12]
    return ConfigError(
        f"the cache {key} lies: its {what} isn't what is computed now, so this depends on"
        " something that can't be seen, such as time or a file, or the cache's name stands for"
        f" two things; free it with `labwork cache clear {key}`"
    )
