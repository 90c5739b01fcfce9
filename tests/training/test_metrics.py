"""Metrics against plain computations."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.data import Record
from labwork.training import ClassificationAccuracy, MeanLoss

CLASSES = 3
SCORES = st.lists(st.integers(-5, 5), min_size=CLASSES, max_size=CLASSES, unique=True)
SAMPLES = st.lists(st.tuples(SCORES, st.integers(-1, CLASSES - 1)), min_size=1, max_size=6)
BATCHES = st.lists(SAMPLES, min_size=1, max_size=5)


def results(batches: list[list[tuple[list[int], int]]]) -> list[Record]:
    return [
        Record(
            out=torch.tensor([scores for scores, _ in batch], dtype=torch.float32),
            label=torch.tensor([label for _, label in batch]),
        )
        for batch in batches
    ]


@given(BATCHES)
def test_accuracy_counts_hits_among_the_labelled(batches: list[list[tuple[list[int], int]]]):
    accuracy = ClassificationAccuracy()
    for result in results(batches):
        accuracy.update(result)
    labelled = [(s, label) for batch in batches for s, label in batch if label != -1]
    if not labelled:
        assert math.isnan(accuracy.compute())
    else:
        hits = sum(scores.index(max(scores)) == label for scores, label in labelled)
        assert accuracy.compute().item() == hits / len(labelled)


@given(BATCHES, st.integers(0, 5))
def test_state_in_the_middle_is_all_it_takes(batches: list, where: int):
    whole, first, second = (ClassificationAccuracy() for _ in range(3))
    for result in results(batches):
        whole.update(result)
    for result in results(batches[:where]):
        first.update(result)
    second.load_state_dict(first.state_dict())
    for result in results(batches[where:]):
        second.update(result)
    torch.testing.assert_close(second.compute(), whole.compute(), rtol=0, atol=0, equal_nan=True)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6, width=32), st.integers(1, 9)), min_size=1))
def test_mean_loss_weighs_batches_with_their_samples(batches: list[tuple[float, int]]):
    mean = MeanLoss()
    for loss, count in batches:
        mean.update(Record(loss=torch.tensor(loss), label=torch.zeros(count)))
    expected = math.fsum(loss * n for loss, n in batches) / sum(n for _, n in batches)
    scale = max(abs(loss) for loss, _ in batches)
    assert mean.compute().item() == pytest.approx(expected, rel=1e-12, abs=1e-12 * scale)


@pytest.mark.parametrize("metric_f", [ClassificationAccuracy, MeanLoss])
def test_metric_of_nothing_is_nan(metric_f: type):
    metric = metric_f()
    assert metric.compute().isnan()
    batch = Record(out=torch.eye(2), label=torch.tensor([0, 1]), loss=torch.tensor(1.0))
    metric.update(batch)
    assert metric.compute() == 1
    metric.reset()
    assert metric.compute().isnan()


def test_large_batches_come_out_like_small_ones():
    out, label = torch.randn(4000, 20), torch.randint(-1, 20, (4000,))
    large, small = ClassificationAccuracy(), ClassificationAccuracy()
    large.update(Record(out=out, label=label))
    for i in range(0, 4000, 7):
        small.update(Record(out=out[i : i + 7], label=label[i : i + 7]))
    assert large.compute() == small.compute()


def test_value_that_was_computed_stays():
    loss = MeanLoss()
    loss.update(Record(loss=torch.tensor(1.0), label=torch.zeros(1)))
    before = loss.compute()
    loss.update(Record(loss=torch.tensor(3.0), label=torch.zeros(1)))
    loss.reset()
    assert before.item() == 1.0
