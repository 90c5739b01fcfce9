"""Windows of frames never cross a video; views put samples together by their indices."""

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    Dataset,
    FunctionDataset,
    Record,
    SequenceDataset,
    ViewDataset,
    collate,
)

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=4)
above_0 = st.integers(1, 4)


def videos(sizes: list[int], starts: list[int] | None = None) -> Dataset:
    starts = starts or [0] * len(sizes)
    video = np.repeat(np.arange(len(sizes)), sizes)
    frame = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, sizes, strict=True)])
    image = torch.arange(len(video)).reshape(-1, 1, 1).expand(-1, 2, 3)
    return ArrayDataset(image=image, video=video, frame=frame)


def assert_same(one: Record, other: Record) -> None:
    assert one.keys() == other.keys()
    for value, again in zip(one, other, strict=True):
        assert torch.equal(value, again) if isinstance(value, torch.Tensor) else value == again


@given(lengths, above_0, above_0, above_0)
def test_windows_are_all_that_fit_into_a_video(sizes, length, step, stride):
    sequences = SequenceDataset(videos(sizes), length, step, stride=stride)
    expected = [
        (video, [start + step * i for i in range(length)])
        for video, size in enumerate(sizes)
        for start in range(0, size - (length - 1) * step, stride)
    ]
    found = [(w.video.unique().tolist(), w.frame.tolist()) for w in sequences]
    assert found == [([video], frames) for video, frames in expected]
    assert len(sequences) == len(expected)
    if len(sequences):
        assert sequences[0].image.shape == (length, 2, 3)
        assert sequences.labels["frame"].tolist() == [frames for _, frames in expected]
    unnamed = SequenceDataset(videos(sizes), length, step, video=None, stride=stride)
    assert unnamed.labels["video"].tolist() == sequences.labels["video"].tolist()


@given(lengths, above_0, above_0, above_0)
def test_flat_gives_each_frame_that_is_in_a_window_once(sizes, length, step, stride):
    frames = videos(sizes)
    sequences = SequenceDataset(frames, length, step, stride=stride)
    reached = sorted({int(i) for window in sequences for i in window.image[:, 0, 0]})
    flat = sequences.flat()
    assert [int(r.image[0, 0]) for r in flat] == reached


@given(lengths, above_0)
def test_flat_is_the_inverse(sizes, length):
    frames = videos([size + length - 1 for size in sizes])
    for one, other in zip(SequenceDataset(frames, length).flat(), frames, strict=True):
        assert_same(one, other)


@given(lengths, st.data())
def test_batch_of_windows_is_the_collated_windows(sizes, data):
    names = videos(sizes).map(lambda r: r.join(Record(name=str(int(r.frame)))))
    labels = videos(sizes).labels
    for base in (videos(sizes), names.append_labels(labels)):
        sequences = SequenceDataset(base, 2)
        if len(sequences) == 0:
            return
        indices = data.draw(st.lists(st.integers(0, len(sequences) - 1), min_size=1, max_size=4))
        batch = sequences.get_batch(np.array(indices))
        assert_same(batch, collate([sequences.get(i) for i in indices]))


class Labelled(Dataset):
    """Frames whose videos have names of a kind of their own."""

    def __init__(self, base: Dataset, names: np.ndarray) -> None:
        self._base, self._names = base, names

    @property
    def labels(self) -> Mapping[str, Any]:
        numbers = np.arange(len(self))
        return {"video": self._names, "frame": self._base.labels["frame"], "image": numbers}

    def __len__(self) -> int:
        return len(self._base)

    def get(self, index: int) -> Record:
        return self._base.get(index)

    def __repr__(self) -> str:
        return "Labelled()"


NAMES = {
    "strings": ["a.mp4", "a", "b/čvor"],
    "numbers": [7, 5, 6],
    "vectors": [(0, 0), (0, 1), (1, 1)],
    "objects": ["a", None, 3],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("sizes", [[3, 2, 4], [1, 1, 1], [1]])
def test_videos_are_told_apart_by_names_of_any_kind(names, sizes):
    numbered = videos(sizes)
    by_number = Labelled(numbered, numbered.labels["video"])
    expected = SequenceDataset(by_number, 2).labels["image"].tolist()
    of_samples = [names[i] for i in numbered.labels["video"].tolist()]
    for dtype in (None, object):
        named = Labelled(numbered, np.array(of_samples, dtype))
        assert SequenceDataset(named, 2).labels["image"].tolist() == expected


def test_windows_of_named_videos_come_as_batches():
    frames = ArrayDataset(video=["a", "a", "b", "b"], frame=[0, 1, 0, 1])
    pairs = SequenceDataset(frames, 2)
    assert [pair.video for pair in pairs] == [["a", "a"], ["b", "b"]]
    assert pairs.get_batch(np.array([1, 0])).video == [["b", "b"], ["a", "a"]]
    assert pairs.labels["video"].tolist() == [["a", "a"], ["b", "b"]]


def test_strategies_for_videos_that_are_not_counted_from_0():
    base = videos([3, 2], starts=[0, 5])
    with pytest.raises(ConfigError, match=r"samples 3 to 4 of ArrayDataset.* numbered 5, 6 …, not"):
        SequenceDataset(base, 2)
    kept = [w.frame.tolist() for w in SequenceDataset(base, 2, strategy="remove")]
    assert kept == [[0, 1], [1, 2]]
    reset = [w.frame.tolist() for w in SequenceDataset(base, 2, strategy="reset")]
    assert reset == [[0, 1], [1, 2], [5, 6]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 0}, "length is at least 1, but 0"),
        ({"length": 1, "step": 0}, "step is at least 1, but 0"),
        ({"length": 1, "strategy": "rise"}, "did you mean 'raise'"),
        ({"length": 1, "frame": "fram"}, "did you mean 'frame'"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises(ConfigError, match=message):
        SequenceDataset(videos([2]), **arguments)


def noisy(record: Record, rng) -> Record:
    return record.join(Record(image=record.image + rng.uniform()), overwrite=True)


def of_view(base: Dataset) -> Dataset:
    return ViewDataset(base, {"now": [1, 2], "more": {"past": [[0, 1], [1, 2]]}})


@pytest.mark.parametrize("make", [of_view, lambda base: SequenceDataset(base, 2)])
def test_epochs_reach_the_frames_and_copies_travel(make):
    base = videos([3])
    dataset = make(base.augment(noisy).append_labels(base.labels))
    twin = pickle.loads(pickle.dumps(dataset))
    assert (repr(twin), len(twin), len(dataset)) == (repr(dataset), 2, 2)
    drawn = {(s, e): str(dataset.at(s, e)[1]) for s in (0, 1) for e in (0, 1)}
    assert len({*drawn.values()}) == 4
    assert drawn == {(s, e): str(twin.at(s, e)[1]) for s, e in drawn}
    plain = make(base)
    assert plain.at(0, 1) is plain


def test_views_are_nested_batches_of_the_base():
    view = of_view(FunctionDataset(lambda i: Record(x=torch.tensor(i), name=str(i)), 3))
    assert (int(view[1].now.x), view[1].now.name) == (2, "2")
    assert (view[1].more.past.x.tolist(), view[1].more.past.name) == ([1, 2], ["1", "2"])
    grid = ViewDataset(videos([4]), {"grid": [[[0, 1], [2, 3]]]})
    assert grid[0].grid.frame.tolist() == [[0, 1], [2, 3]]
    assert grid[0].grid.image.shape == (2, 2, 2, 3)


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ({}, ConfigError, "views need one length, but theirs are none"),
        ({"a": [0], "b": [0, 1]}, ConfigError, r"theirs are \[1, 2\]"),
        ({"a": [0.5]}, ConfigError, "view 'a' is no array of indices"),
        ({"a": [[0], [1, 2]]}, ConfigError, "view 'a' is no array of indices"),
        ({"a": {"b": [0, 3]}}, IndexError, "view 'b': index 3 is out of range for 3 samples"),
    ],
)
def test_bad_views_are_told(views, error, message):
    with pytest.raises(error, match=message):
        ViewDataset(videos([3]), views)
