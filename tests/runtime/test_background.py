"""The background thread keeps the order, hands over errors and never blocks for good."""

import threading

import pytest

from labwork.runtime import Background


def fail() -> None:
    raise OSError("disk full")


def test_jobs_are_done_in_order_in_one_other_thread():
    done: list[int] = []
    threads: set[int] = set()
    with Background() as background:
        for i in range(200):
            background.submit(lambda i=i: (done.append(i), threads.add(threading.get_ident())))
        background.wait()
        assert done == list(range(200))
        background.submit(lambda: done.append(200))
    assert done[-1] == 200
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_submitting_does_not_wait():
    go, done = threading.Event(), []
    with Background() as background:
        background.submit(go.wait)
        background.submit(lambda: done.append(1))
        assert done == []
        go.set()
        background.wait()
        assert done == [1]


@pytest.mark.parametrize("how", ["check", "wait", "close", "submit"])
def test_error_is_raised_once_in_the_thread_that_asks_next(how):
    background, done = Background(), []
    background.submit(fail)
    background.submit(lambda: done.append("after an error"))
    while background.error is None:
        pass
    ask = {"submit": lambda: background.submit(fail)}.get(how) or getattr(background, how)
    with pytest.raises(OSError, match="disk full"):
        ask()
    background.check()
    background.wait()
    background.close()
    background.close()
    assert done == []


def test_waiting_with_many_jobs_behind_a_failure_comes_back():
    background = Background()
    for job in [fail, *[lambda: None] * 100]:
        try:
            background.submit(job)
        except OSError:
            break
    else:
        with pytest.raises(OSError, match="disk full"):
            background.wait()
    for _ in range(3):
        background.wait()
    background.close()


def test_what_was_never_used_has_no_thread():
    before = threading.active_count()
    with Background() as background:
        background.wait()
        background.check()
        assert threading.active_count() == before


def test_closing_ends_the_thread():
    before = threading.active_count()
    with Background() as background:
        background.submit(lambda: None)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def with_failing_job(error: Exception) -> None:
    with Background() as background:
        background.submit(fail)
        raise error


def test_error_of_the_block_is_told_first():
    with pytest.raises(OSError, match="disk full"), Background() as background:
        background.submit(fail)
    with pytest.raises(KeyError, match="block") as caught:
        with_failing_job(KeyError("block"))
    assert "a background job failed: OSError('disk full')" in caught.value.__notes__[0]
