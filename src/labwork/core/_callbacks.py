"""Callbacks: what is to be called when something happens to a node."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from labwork.core._errors import ConfigError, StateError
from labwork.core._stateful import get_state, is_stateful, set_state

__all__ = ["Callbacks", "does_nothing"]

F = TypeVar("F", bound=Callable[..., Any])


def does_nothing(method: F) -> F:
    """Marks a method that is there only to be overridden, so that it is never called."""
    method.__dict__["does_nothing"] = True
    return method


class Callbacks:
    """Named callbacks, called in the order in which they were added.

    An event has a name, and goes to each callback's method of that name. A callback that has
    no such method, or has one that is marked with ``does_nothing``, costs nothing.

    >>> class Greeter:
    ...     def started(self, name):
    ...         print("hello", name)
    >>> callbacks = Callbacks()
    >>> callbacks.add(Greeter())
    >>> callbacks.call("started", "Ada")
    hello Ada
    """

    def __init__(self) -> None:
        self._callbacks: dict[str, Any] = {}
        self._kept_elsewhere: set[str] = set()
        self._handlers: dict[str, tuple[Callable[..., Any], ...]] = {}

    def add(self, callback: Any, name: str | None = None, *, has_state: bool = True) -> None:
        """Adds ``callback`` under ``name``, by default the name of its class.

        Args:
            callback: an object with methods that are named for events.
            name: what it is called in the state.
            has_state: whether its state, if it has one, is to be kept here.

        Raises:
            ConfigError: where the name is taken.
        """
        name = name or type(callback).__name__
        if name in self._callbacks:
            raise ConfigError(f"there is a callback named {name!r} already; add(…, name=…) differs")
        self._callbacks[name] = callback
        if not has_state:
            self._kept_elsewhere.add(name)
        self._handlers.clear()

    def remove(self, name: str) -> None:
        """Removes the callback ``name``."""
        del self._callbacks[name]
        self._kept_elsewhere.discard(name)
        self._handlers.clear()

    def call(self, event: str, *values: Any) -> None:
        """Calls each callback's method named ``event`` with ``values``."""
        for handler in self.handlers(event):
            handler(*values)

    def handlers(self, event: str) -> tuple[Callable[..., Any], ...]:
        """The methods that ``call(event)`` calls."""
        if event not in self._handlers:
            methods = [getattr(callback, event, None) for callback in self._callbacks.values()]
            self._handlers[event] = tuple(
                m for m in methods if m is not None and not getattr(m, "does_nothing", False)
            )
        return self._handlers[event]

    def state_dict(self) -> dict[str, Any]:
        """The states of those callbacks that have one, by name."""
        states = {name: get_state(c) for name, c in self._stateful()}
        return {name: state for name, state in states.items() if state}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restores the callbacks by name.

        Raises:
            StateError: where a state has no callback. A callback without a state starts anew.
        """
        stateful = dict(self._stateful())
        if missing := sorted(set(state_dict) - set(stateful)):
            raise StateError(f"no callback for the state of {', '.join(missing)}")
        for name, state in state_dict.items():
            set_state(stateful[name], state)

    def _stateful(self) -> Iterator[tuple[str, Any]]:
        kept = ((n, c) for n, c in self._callbacks.items() if n not in self._kept_elsewhere)
        return ((name, callback) for name, callback in kept if is_stateful(callback))

    def __getitem__(self, name: str) -> Any:
        return self._callbacks[name]

    def __contains__(self, name: str) -> bool:
        return name in self._callbacks

    def __iter__(self) -> Iterator[Any]:
        return iter(self._callbacks.values())

    def __len__(self) -> int:
        return len(self._callbacks)

    def __repr__(self) -> str:
        return f"Callbacks({', '.join(self._callbacks)})"
