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
def test_error_is_raised_in_whatever_asks_from_then_on(how):
    background, done = Background(), []
    background.submit(fail)
    while background.error is None:
        pass
    ask = {"submit": lambda: background.submit(done.clear)}.get(how) or getattr(background, how)
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            ask()
    with pytest.raises(OSError, match="disk full"):
        background.close()


def test_jobs_behind_a_failure_are_dropped_and_waiting_for_them_comes_back():
    background, go, done = Background(), threading.Event(), []
    background.submit(lambda: done.append("before"))
    background.submit(go.wait)
    background.submit(fail)
    for _ in range(100):
        background.submit(lambda: done.append("after"))
    go.set()
    for _ in range(3):
        with pytest.raises(OSError, match="disk full"):
            background.wait()
    with pytest.raises(OSError, match="disk full"):
        background.close()
    assert done == ["before"]


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


def with_failing_job(error: Exception | None = None) -> None:
    with Background() as background:
        background.submit(fail)
        if error is None:
            background.wait()
        else:
            raise error


def test_error_of_the_block_is_told_first():
    with pytest.raises(OSError, match="disk full"), Background() as background:
        background.submit(fail)
    with pytest.raises(KeyError, match="block") as caught:
        with_failing_job(KeyError("block"))
    with pytest.raises(OSError, match="disk full") as alone:
        with_failing_job()
    assert not hasattr(alone.value, "__notes__")
    assert "a background job failed: OSError('disk full')" in caught.value.__notes__[0]
