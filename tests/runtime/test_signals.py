"""Being asked to stop, with real signals."""

import os
import signal
import threading

import pytest

from labwork.runtime import stop_on_signals

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def ask(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_first_signal_asks_and_second_interrupts(first, second):
    asked: list[int] = []
    before = [signal.getsignal(number) for number in SIGNALS]
    with stop_on_signals(asked.append):
        ask(first)
        assert asked == [first]
        with pytest.raises(KeyboardInterrupt):
            ask(second)
    assert asked == [first]
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_nested_blocks_ask_the_inner_one_and_each_block_starts_anew():
    outer, inner = [], []
    with stop_on_signals(outer.append):
        for _ in range(2):
            with stop_on_signals(inner.append):
                ask(signal.SIGTERM)
        ask(signal.SIGTERM)
    assert (outer, inner) == ([signal.SIGTERM], [signal.SIGTERM] * 2)


def test_handlers_come_back_after_an_error():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ZeroDivisionError), stop_on_signals(print):
        assert 1 / len(set(before) & {signal.getsignal(number) for number in SIGNALS})
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_other_threads_leave_the_handlers_alone():
    before = [signal.getsignal(number) for number in SIGNALS]
    seen: list[object] = []

    def work() -> None:
        with stop_on_signals(print):
            seen.extend(signal.getsignal(number) for number in SIGNALS)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == before
