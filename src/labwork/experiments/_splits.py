"""What each data set of an experiment is for, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labwork.core import ConfigError

__all__ = ["Splits", "divide"]


@dataclass(frozen=True, slots=True)
class Splits:
    """Data by its use.

    Attributes:
        train: what is learned from.
        watched: what is evaluated while training goes on, by name.
        final: what is evaluated when training is over, by name.
        score: the name of the data that tells which checkpoint is best, or None.
    """

    train: Any
    watched: dict[str, Any]
    final: dict[str, Any]
    score: str | None


def divide(data: Mapping[str, Any]) -> Splits:
    """Divides data by use.

    The first one whose name starts with ``train`` is for training, or the first one of all where
    there is no such name. Those whose names start with ``test`` are evaluated when
    training is over, and, where nothing else is there to watch, during training as well; but the
    best checkpoint is never chosen by them. The others are evaluated during training, and the
    first of them chooses the best checkpoint.

    Raises:
        ConfigError: where there is no data.

    >>> splits = divide({"trainval": 1, "test": 2})
    >>> splits.watched, splits.final, splits.score
    ({'test': 2}, {'test': 2}, None)
    """
    if not data:
        raise ConfigError("an experiment needs data, one of it for training")
    train = next((name for name in data if name.startswith("train")), next(iter(data)))
    if train.startswith(("test", "val")):
        raise ConfigError(f"no data is for training: {', '.join(data)}; name one of it 'train'")
    others = {name: dataset for name, dataset in data.items() if name != train}
    final = {name: d for name, d in others.items() if name.startswith("test")}
    validation = {name: d for name, d in others.items() if name not in final}
    return Splits(data[train], validation or final, final, next(iter(validation), None))
