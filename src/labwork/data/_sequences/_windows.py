"""Where the windows of frames are: pure index arithmetic."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labwork.data._indexing import Indices

__all__ = ["runs", "unfit", "windows"]


def runs(videos: NDArray[Any] | None, frames: NDArray[Any]) -> list[range]:
    """The samples of each video: successive ones of the same name, or of rising frame numbers."""
    begins = frames[1:] <= frames[:-1] if videos is None else _differ(videos[1:], videos[:-1])
    cuts = [0, *(np.flatnonzero(begins) + 1).tolist(), len(frames)]
    return [range(a, b) for a, b in pairwise(cuts) if b > a]


def _differ(some: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """Which names differ, shape (N,); a name may be several numbers or words."""
    unequal: NDArray[Any] = some != others
    return np.any(unequal, axis=tuple(range(1, unequal.ndim)))


def unfit(videos: list[range], frames: NDArray[Any]) -> Iterator[range]:
    """The videos whose frames aren't numbered 0, 1, 2 and so on."""
    for video in videos:
        if not np.array_equal(frames[video.start : video.stop], np.arange(len(video))):
            yield video


def windows(videos: list[range], length: int, step: int, stride: int) -> Indices:
    """The indices of each window's frames, shape (N, length)."""
    span = (length - 1) * step
    starts = [np.arange(video.start, video.stop - span, stride) for video in videos]
    first = np.concatenate([np.zeros(0, np.int64), *starts])
    return first[:, None] + step * np.arange(length)
