"""Who is called, in which order, and whose state is kept."""

import pytest

from labwork.core import Callbacks, ConfigError, StateError, does_nothing


class Base:
    @does_nothing
    def ended(self) -> None:
        raise AssertionError("is never called")


class Recorder(Base):
    def __init__(self, name: str, calls: list[str]) -> None:
        self.name, self.calls = name, calls

    def started(self, step: int) -> None:
        self.calls.append(f"{self.name}{step}")


class Counter:
    def __init__(self, count: int = 0) -> None:
        self.count = count

    def state_dict(self) -> dict[str, int]:
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.count = state["count"]


def test_callbacks_are_called_in_the_order_of_adding():
    calls: list[str] = []
    callbacks = Callbacks()
    for name in ("b", "a"):
        callbacks.add(Recorder(name, calls), name=name)
        callbacks.call("started", 1)
    callbacks.remove("b")
    callbacks.call("started", 2)
    callbacks.call("ended")
    callbacks.call("unheard of")
    assert calls == ["b1", "b1", "a1", "a2"]
    assert callbacks.handlers("ended") == callbacks.handlers("unheard of") == ()


def test_names_are_unique_and_by_default_the_class():
    callbacks = Callbacks()
    callbacks.add(Counter())
    assert "Counter" in callbacks
    assert [callbacks["Counter"]] == list(callbacks)
    with pytest.raises(ConfigError, match="'Counter' already"):
        callbacks.add(Counter())


def test_state_goes_by_name():
    callbacks, others = Callbacks(), Callbacks()
    callbacks.add(Counter(3))
    callbacks.add(Recorder("a", []))
    state = callbacks.state_dict()
    assert state == {"Counter": {"count": 3}}
    with pytest.raises(StateError, match="no callback for the state of Counter"):
        others.load_state_dict(state)
    others.add(Counter(1), name="new")
    others.add(Counter(9), name="elsewhere", has_state=False)
    others.add(Counter(2))
    others.load_state_dict(state)
    assert (others["Counter"].count, others["new"].count) == (3, 1)
    assert others.state_dict() == {"Counter": {"count": 3}, "new": {"count": 1}}
