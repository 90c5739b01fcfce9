"""Speed and remaining time, with a clock that the test turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.reporting import Progress, RemainingTime, Throughput


@given(
    rate=st.integers(1, 10**6),
    ticks=st.lists(st.floats(0.01, 30), min_size=1, max_size=20),
)
def test_steady_rate_is_found(rate, ticks):
    throughput, now = Throughput(), 0.0
    throughput.update(now, "train", 0)
    for tick in ticks:
        now += tick
        throughput.update(now, "train", round(rate * now * 1000))
    assert throughput.of("train") == pytest.approx(rate * 1000, rel=0.2)


def test_rate_looks_back_a_few_seconds_only():
    throughput = Throughput(window=5)
    for second in range(10):
        throughput.update(second, "train", 100 * second)
    for second in range(10, 20):
        throughput.update(second, "train", 900 + 7 * (second - 9))
    assert throughput.of("train") == pytest.approx(7)


def test_stages_have_their_own_rates():
    throughput = Throughput()
    for second in range(3):
        throughput.update(second, "train", 10 * second)
    for second in range(100, 103):
        throughput.update(second, "val", 50 * second)
    throughput.update(200, "train", 20)
    assert (throughput.of("train"), throughput.of("val")) == (10, 50)
    assert throughput.of("test") is None


def test_rate_of_slow_steps_lies_between_steps_and_falls_when_none_comes():
    throughput = Throughput(window=5)
    for second in range(41):
        throughput.update(second, "train", second // 20 * 100)
    assert throughput.of("train") == pytest.approx(5)
    throughput.update(140, "train", 200)
    assert throughput.of("train") == pytest.approx(100 / 120)


def run(
    remaining: RemainingTime, start: float, end: float, count: int, validation: float = 0.0
) -> float:
    """Runs epochs of 10 s, each with some seconds of validation; returns the time at the end."""
    progress = Progress("train", epoch_count=count, step_count=100)
    progress.epoch, progress.step = int(start), round(start % 1 * 100)
    now = 1000.0
    remaining.update(now, progress)
    while progress.epoch + progress.step / 100 < end:
        now += 0.1
        progress.step += 1
        if progress.step == 100:
            now += validation
            progress.epoch, progress.step = progress.epoch + 1, 0
        remaining.update(now, progress)
    return now


@pytest.mark.parametrize("start", [0, 7, 6.5, 6.99])
@pytest.mark.parametrize("done", [0.6, 1.6, 3.6])
@pytest.mark.parametrize("validation", [0.0, 5.0])
def test_only_what_this_process_ran_counts(start, done, validation):
    remaining = RemainingTime()
    now = run(remaining, start, start + done, 20, validation)
    seconds = remaining.seconds(now, 20)
    epoch = 10 + validation
    assert seconds is not None
    # Before an epoch is over, nobody can know that a validation follows it.
    assert 10 * (20 - start - done) * 0.9 < seconds < epoch * (20 - start - done) * 1.25


def test_rest_of_an_epoch_is_not_taken_for_an_epoch():
    remaining = RemainingTime()
    now = run(remaining, 6.99, 7, 20, validation=5)
    assert remaining.seconds(now, 20) is None


def test_remaining_time_is_unknown_at_first_and_nothing_in_the_end():
    remaining = RemainingTime()
    assert remaining.seconds(0, 3) is None
    remaining.update(0, Progress("val", epoch=2, epoch_count=3, step=5, step_count=10))
    assert remaining.seconds(1, 3) is None  # still resuming
    remaining.update(1, Progress("train", epoch=2, epoch_count=3, step=0, step_count=10))
    assert remaining.seconds(1, 3) is None
    remaining.update(11, Progress("train", epoch=3, epoch_count=3, step=0, step_count=10))
    assert remaining.seconds(11, 3) == 0


def test_remaining_time_counts_down_while_an_epoch_runs():
    remaining = RemainingTime()
    now = run(remaining, 0, 2, 10)
    at_epoch = remaining.seconds(now, 10)
    assert at_epoch == pytest.approx(80)
    assert remaining.seconds(now + 4, 10) == pytest.approx(76)
    assert remaining.seconds(now + 400, 10) == pytest.approx(70)  # seven others are still to come
