"""SequenceSample: fewer frames of a sequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from labwork.core import ConfigError, unknown_name
from labwork.data._record import Record
from labwork.data._rng import SampleRng
from labwork.data.augmentation._augmentation import Augmentation
from labwork.data.augmentation._checks import at_least
from labwork.data.augmentation._draws import Draws, batch_shape

__all__ = ["SequenceSample"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class SequenceSample(Augmentation):
    """Keeps one frame of every ``theta``, at random among them.

    Frame k of the result is one of the frames k θ to k θ + θ - 1; frames after the last full
    group are left out. All fields that are sequences keep the same frames. It is the sparse
    sampling of Wang et al.: Temporal segment networks, 2016, section 3.1, with groups of a given
    length.

    Args:
        theta: θ, the frames in a group, 1 or more; 1 keeps all.
        names: the fields that are sequences, frames in their first dimension (after N). By
            default all that have as many there as ``image``; name them where a field that is no
            sequence might have as many, such as soft labels.

    Shape: (T, ...) to (T // theta, ...), and likewise with N in front.

    Raises:
        ConfigError: where fields have different numbers of frames, or fewer than ``theta``, or
            there is no field ``image`` and none is named.

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> films = ArrayDataset(image=torch.arange(7.0).reshape(1, 7, 1, 1, 1))
    >>> frames = films.augment(SequenceSample(3))[0].image.flatten()
    >>> len(frames), bool(0 <= frames[0] < 3 <= frames[1] < 6)
    (2, True)
    """

    theta: int
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        at_least(self, 1, theta=self.theta)
        if isinstance(self.names, str) or (self.names is not None and not self.names):
            raise ConfigError(f"SequenceSample: names must be ('image', …), not {self.names!r}")

    @property
    def runs_code(self) -> bool:
        return False

    def __call__(self, record: Record, rng: SampleRng) -> Record:
        lead, draws = batch_shape(rng), Draws(rng)
        names = self._sequences(record, len(lead))
        groups = self._frame_count(record, names, len(lead)) // self.theta
        within = draws.positions(np.full((draws.count, groups), self.theta - 1))
        frames = torch.from_numpy(within + self.theta * np.arange(groups))
        new = {name: _take(record[name], frames.reshape(*lead, groups)) for name in names}
        return record.join(Record(new), overwrite=True)

    def _sequences(self, record: Record, dimension: int) -> Sequence[str]:
        for name in self.names or ("image",):
            if name not in record:
                raise unknown_name("field", name, record.keys(), "SequenceSample, names")
        if self.names is not None:
            return self.names
        count = _size(record["image"], dimension)
        return [name for name, value in record.items() if _size(value, dimension) == count]

    def _frame_count(self, record: Record, names: Sequence[str], dimension: int) -> int:
        counts = {name: _size(record[name], dimension) or 0 for name in names}
        if len(set(counts.values())) > 1 or min(counts.values()) < self.theta:
            shown = ", ".join(f"{name} {count}" for name, count in counts.items())
            message = f"fields need one number of frames, {self.theta} or more, and have: {shown}"
            raise ConfigError(f"SequenceSample: {message}")
        return next(iter(counts.values()))


def _size(value: Any, dimension: int) -> int | None:
    """How many there are along a dimension of a tensor, or at that depth of a list."""
    if isinstance(value, list):
        sizes = [len(value)] if dimension == 0 else [_size(part, dimension - 1) for part in value]
        return sizes[0] if len(set(sizes)) == 1 else None
    return value.shape[dimension] if getattr(value, "ndim", 0) > dimension else None


def _take(values: Any, frames: Tensor) -> Any:
    if isinstance(values, list):
        if frames.ndim == 1:
            return [values[i] for i in frames.tolist()]
        return [_take(row, own) for row, own in zip(values, frames, strict=True)]
    frames = frames.to(values.device)
    if frames.ndim == 1:
        return values[frames]
    return values[torch.arange(len(values), device=values.device)[:, None], frames]
