"""Windows of successive frames of videos."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError, unknown_name
from labwork.data._dataset import Dataset
from labwork.data._indexing import Indices
from labwork.data._sequences._gather import Over, gather
from labwork.data._sequences._windows import runs, unfit, windows

__all__ = ["SequenceDataset"]

_STRATEGIES = ("raise", "remove", "reset")


class SequenceDataset(Over):
    """Windows of ``length`` frames of one video each, as batches with the frames in front.

    The labels ``video`` and ``frame`` of ``base`` say which frame of which video a sample is; the
    frames of a video stand one after the other, numbered from 0. A video that is shorter than a
    window gives none.

    Args:
        base: a dataset of frames that knows these labels.
        length: frames in a window, from 1.
        step: how far apart they are, from 1.
        strategy: what is done with a video whose frames aren't numbered 0, 1, 2 and so on:
            ``raise`` an error, ``remove`` the video, or ``reset``: count its frames as they stand.
        video: the label that names the video; with None, a video begins where the frame number
            doesn't rise.
        frame: the label with the number of the frame.
        stride: how far apart windows begin, from 1.

    Raises:
        ConfigError: where a label isn't known, a number is below 1, or a video doesn't fit.

    >>> from labwork.data import ArrayDataset
    >>> frames = ArrayDataset(video=[0, 0, 0, 1, 1], frame=[0, 1, 2, 0, 1])
    >>> pairs = SequenceDataset(frames, length=2)
    >>> [(int(pair.video[0]), pair.frame.tolist()) for pair in pairs]
    [(0, [0, 1]), (0, [1, 2]), (1, [0, 1])]
    """

    def __init__(
        self,
        base: Dataset,
        length: int,
        step: int = 1,
        strategy: str = "raise",
        *,
        video: str | None = "video",
        frame: str = "frame",
        stride: int = 1,
    ) -> None:
        if strategy not in _STRATEGIES:
            raise unknown_name("strategy", strategy, _STRATEGIES, "SequenceDataset")
        for name, number in {"length": length, "step": step, "stride": stride}.items():
            if number < 1:
                raise ConfigError(f"SequenceDataset: {name} is at least 1, but {number} was given")
        super().__init__(base)
        self.can_batch = base.can_batch
        numbers = _label(base, frame)
        found = runs(None if video is None else _label(base, video), numbers)
        self._windows = windows(_fitting(found, numbers, strategy, base), length, step, stride)
        self._arguments = {"length": length, "step": step, "strategy": strategy}
        self._arguments |= {"video": video, "frame": frame, "stride": stride}

    @property
    def labels(self) -> Mapping[str, Any]:
        """Those of the frames, shape (N, length, ...)."""
        labels = self._base.labels
        return MappingProxyType({n: np.asarray(a)[self._windows] for n, a in labels.items()})

    def flat(self) -> Dataset:
        """The frames that are in windows, each once and in the order of ``base``: the inverse.

        Only frames that no window reaches are missing, as those of videos that are too short.

        >>> from labwork.data import ArrayDataset
        >>> frames = ArrayDataset(frame=[0, 1, 2, 3])
        >>> [int(r.frame) for r in SequenceDataset(frames, length=3, video=None).flat()]
        [0, 1, 2, 3]
        """
        frames: Dataset = self._base[np.unique(self._windows)]
        return frames

    def __len__(self) -> int:
        return len(self._windows)

    def get(self, index: int) -> Any:
        """The window at ``index``: a batch of ``length`` frames."""
        return gather(self._base, self._windows[index])

    def get_batch(self, indices: Indices) -> Any:
        """The windows at ``indices``, shape (N,): fields have shape (N, length, ...)."""
        return gather(self._base, self._windows[indices])

    def identity(self) -> Any:
        return self._base, self._windows

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self._arguments.items())
        return f"SequenceDataset({self._base!r}, {', '.join(given)})"


def _label(base: Dataset, name: str) -> NDArray[Any]:
    labels = base.labels
    if name not in labels:
        raise unknown_name("label", name, labels, repr(base))
    return np.asarray(labels[name])


def _fitting(
    videos: list[range], frames: NDArray[Any], strategy: str, base: Dataset
) -> list[range]:
    if strategy == "reset":
        return videos
    wrong = list(unfit(videos, frames))
    if wrong and strategy == "raise":
        first = wrong[0]
        shown = ", ".join(map(str, frames[first.start : first.stop][:4].tolist()))
        raise ConfigError(
            f"samples {first.start} to {first.stop - 1} of {base!r} are one video, but its frames"
            f" are numbered {shown} …, not 0, 1, 2 …; strategy='remove' leaves such videos out,"
            " 'reset' takes their frames as they stand"
        )
    return [video for video in videos if video not in wrong]
