"""EpochLoop: the order of events, ending, going on."""

from typing import Any

import pytest

from labwork.core import Callbacks
from labwork.data import ArrayDataset, DataLoader
from labwork.training import Callback, EpochLoop

EVENTS = [name for name in vars(Callback) if not name.startswith("_")]


class Recorder:
    """Writes down each event, with the counters of the loop."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def __getattr__(self, event: str) -> Any:
        if event not in EVENTS:
            raise AttributeError(event)
        return lambda loop, *values: self.events.append((event, loop.epoch, loop.step, *values))


def make_loop(step: Any = lambda batch: batch) -> tuple[EpochLoop, list[tuple[Any, ...]]]:
    loop, recorder = EpochLoop(step), Recorder()
    loop.callbacks.add(recorder)
    return loop, recorder.events


def place(loop: EpochLoop) -> tuple[int, int, int]:
    return loop.epoch, loop.step, loop.epoch_step


def test_events_come_in_order():
    loop, events = make_loop()
    loop.run("ab", epoch_count=2)
    assert events == [
        ("started", 0, 0),
        ("epoch_started", 0, 0),
        ("step_completed", 0, 1, "a"),
        ("step_completed", 0, 2, "b"),
        ("epoch_completed", 1, 2),
        ("epoch_started", 1, 2),
        ("step_completed", 1, 3, "a"),
        ("step_completed", 1, 4, "b"),
        ("epoch_completed", 2, 4),
        ("completed", 2, 4),
    ]
    assert loop.status.succeeded


@pytest.mark.parametrize("stop_at", range(1, 7))
def test_interrupted_run_goes_on_where_it_stopped(stop_at: int):
    seen = []

    def step(batch: str) -> None:
        seen.append(batch)
        if len(seen) == stop_at:
            loop.interrupt()

    loop, events = make_loop(step)
    loop.run("abc", epoch_count=2)
    assert events[-1][0] == "interrupted"
    assert (loop.status.phase, loop.step) == ("stopped", stop_at)
    again, later = make_loop(seen.append)
    again.load_state_dict(loop.state_dict())
    again.run("abc", epoch_count=2)
    assert "".join(seen) == "abcabc"
    never_stopped, expected = make_loop()
    never_stopped.run("abc", epoch_count=2)
    names = [e[:3] for e in events[:-1] + later[1:]]
    assert names == [e[:3] for e in expected]
    assert place(again) == place(never_stopped)


@pytest.mark.parametrize("again", ["the same loop", "another one"])
def test_terminated_run_has_ended_for_good(again: str):
    first, events = make_loop(lambda batch: first.terminate())
    first.run("abc", epoch_count=2)
    assert (place(first), events[-1][0]) == ((0, 1, 1), "completed")
    assert first.status.succeeded
    loop = first if again == "the same loop" else EpochLoop(print)
    loop.load_state_dict(first.state_dict())
    loop.run("abc", epoch_count=2)
    assert place(loop) == (0, 1, 1)
    loop.ending = ""
    loop._step = lambda batch: None
    loop.run("abc", epoch_count=2)
    assert place(loop) == (2, 6, 0)


def test_terminated_epoch_ends_as_if_the_data_ended():
    loop, events = make_loop(lambda batch: loop.terminate_epoch() if batch == "b" else None)
    loop.run("abc", epoch_count=2)
    names = [event[0] for event in events]
    assert names.count("step_completed") == 4
    assert names.count("epoch_completed") == 2
    assert place(loop) == (2, 4, 0)


def test_termination_outweighs_that_of_the_epoch():
    def step(batch: str) -> None:
        loop.terminate_epoch()
        loop.terminate()
        loop.terminate_epoch()

    loop, events = make_loop(step)
    loop.run("ab", epoch_count=2)
    assert [event[0] for event in events][-2:] == ["step_completed", "completed"]
    assert place(loop) == (0, 1, 1)


def test_asked_to_end_between_epochs():
    loop, events = make_loop()

    class Stopper:
        def epoch_completed(self, loop: EpochLoop) -> None:
            loop.interrupt()

    loop.callbacks.add(Stopper())
    loop.run("ab", epoch_count=3)
    assert events[-1] == ("interrupted", 1, 2)
    loop.callbacks.remove("Stopper")
    loop.run("ab", epoch_count=3)
    assert loop.step == 6


def test_asked_to_end_before_the_first_step():
    loop, events = make_loop()
    loop.interrupt()
    loop.run("ab")
    assert (loop.step, events[-1][0], loop.status.phase) == (0, "interrupted", "stopped")
    loop.run("ab")
    assert (loop.step, events[-1][0]) == (2, "completed")


def test_failure_is_told_and_raised_again():
    loop, events = make_loop(lambda batch: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        loop.run("ab")
    assert events[-1] == ("failed", 0, 0, caught.value)
    assert loop.status.phase == "failed"
    assert loop.status.exceptions == [caught.value]


class Seekable:
    """Counts what is read."""

    def __init__(self) -> None:
        self.place, self.read = (0, 0), 0

    def seek(self, epoch: int, position: int) -> None:
        self.place = (epoch, position)

    def __iter__(self) -> Any:
        for i in range(self.place[1], 5):
            self.read += 1
            yield self.place[0], i


def test_data_that_can_seek_is_not_read_twice():
    loop = EpochLoop(lambda batch: seen.append(batch))
    seen: list[Any] = []
    loop.load_state_dict({**loop.state_dict(), "epoch": 1, "step": 8, "epoch_step": 3})
    data = Seekable()
    loop.run(data, epoch_count=3)
    assert seen == [(1, 3), (1, 4), *((2, i) for i in range(5))]
    assert data.read == 7


def test_generators_and_loaders_of_others_are_read_past_what_is_done():
    loop = EpochLoop(lambda batch: seen.append(batch))
    seen: list[Any] = []
    loop.load_state_dict({**loop.state_dict(), "step": 2, "epoch_step": 2})
    loop.run(letter for letter in "abcd")
    assert seen == ["c", "d"]


def test_place_in_a_shuffled_loader_comes_back():
    def run(loop: EpochLoop, until: int | None = None) -> list[list[int]]:
        seen: list[list[int]] = []

        def step(batch: Any) -> None:
            seen.append(batch.x.tolist())
            if loop.step + 1 == until:
                loop.interrupt()

        loop._step = step
        loader = DataLoader(ArrayDataset(x=range(7)), batch_size=2, shuffle=True, seed=3)
        loop.run(loader, epoch_count=3)
        return seen

    whole = run(EpochLoop(print))
    for until in range(1, 12):
        first, second = EpochLoop(print), EpochLoop(print)
        head = run(first, until)
        second.load_state_dict(first.state_dict())
        assert head + run(second) == whole


def test_callbacks_that_do_nothing_are_not_called():
    class Stopper(Callback):
        def step_completed(self, trainer: Any, result: Any) -> None: ...

    callbacks = Callbacks()
    callbacks.add(Stopper())
    assert {event: len(callbacks.handlers(event)) for event in EVENTS} == {
        **dict.fromkeys(EVENTS, 0),
        "step_completed": 1,
    }
