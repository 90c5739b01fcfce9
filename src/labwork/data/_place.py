"""Where loaders stand: an epoch, and batches of it that are already given out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from typing import Any

from labwork.core import ConfigError, StateError

__all__ = ["check_place", "reading_state"]


def check_place(epoch: int, position: int, batch_count: int) -> None:
    """Checks a place in an epoch of ``batch_count`` batches, whose end is a place too."""
    if not isinstance(epoch, Integral) or epoch < 0:
        raise ConfigError(f"epoch={epoch!r} must be a whole number of 0 or more")
    if not isinstance(position, Integral) or not 0 <= position <= batch_count:
        raise ConfigError(
            f"position={position!r} must be a whole number from 0 to {batch_count}: an epoch has"
            f" {batch_count} batches"
        )


@contextmanager
def reading_state(state: Mapping[str, Any], *keys: str) -> Iterator[None]:
    """Errors become those of a loader's ``state``, which must have ``keys``."""
    missing = [key for key in keys if key not in state]
    if missing:
        raise StateError(
            f"the loader's state has no {missing[0]!r}; it has {', '.join(state) or 'nothing'}"
        )
    try:
        yield
    except ConfigError as error:
        raise StateError(f"the loader's state doesn't fit: {error}") from error
