"""Node: what an experiment's tree is made of."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from labwork.core._callbacks import Callbacks
from labwork.core._describe import arguments_by_name, describe_arguments
from labwork.core._errors import StateError
from labwork.core._history import History
from labwork.core._source import represent
from labwork.core._stateful import get_state, is_stateful, set_state
from labwork.core._status import Status

__all__ = ["Node"]


class Node:
    """A named container with children, a config, a state and a history.

    - **Children** are the public attributes that have a state: other nodes, PyTorch's modules,
      optimizers and schedulers, random generators. An attribute whose name starts with an
      underscore is a mere reference and no child.
    - **State**: ``state_dict()`` is nested as the tree is, and holds besides the children the
      attributes that the class names in ``state_fields``. ``load_state_dict`` is strict.
    - **Config**: the arguments that the node was made with, as plain data.
    - **History**, **status** and **callbacks** are made when first used and are no part of the
      state, save for callbacks that have one.

    >>> class Counter(Node):
    ...     state_fields = ("count",)
    ...     def __init__(self, start=0):
    ...         self.count = start
    >>> class Pair(Node):
    ...     def __init__(self, left, right):
    ...         self.left, self.right = left, right
    >>> pair = Pair(Counter(), right=Counter(start=5))
    >>> pair
    Pair(left=Counter(), right=Counter(start=5))
    >>> pair.state_dict()
    {'left': {'count': 0}, 'right': {'count': 5}}
    >>> pair.load_state_dict({"left": {"count": 1}, "wrong": {}})
    Traceback (most recent call last):
        ...
    labwork.core._errors.StateError: the state doesn't fit Pair: missing right; unexpected wrong
    """

    state_fields: ClassVar[tuple[str, ...]] = ()

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self._arguments = (args, kwargs)
        return self

    @property
    def children(self) -> dict[str, Any]:
        """The public attributes that have a state, by name, in the order of their assignment."""
        return {
            name: value
            for name, value in vars(self).items()
            if not (name.startswith("_") or name in _OWN or name in self.state_fields)
            and is_stateful(value)
        }

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that the node was made with, by name."""
        args, kwargs = self._arguments
        return arguments_by_name(type(self), args, kwargs)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The plain data that builds the node: its arguments and defaults, described."""
        args, kwargs = self._arguments
        return describe_arguments(type(self), args, kwargs)

    @cached_property
    def status(self) -> Status:
        """How far the node has come."""
        return Status()

    @cached_property
    def history(self) -> History:
        """What happened to the node."""
        return History()

    @cached_property
    def callbacks(self) -> Callbacks:
        """What is called when something happens to the node."""
        return Callbacks()

    def state_dict(self) -> dict[str, Any]:
        """What the node needs to go on exactly: its state fields, then its children's states.

        Raises:
            StateError: where the node is a part of one of its own parts.
        """
        if id(self) in _UNDER_WAY:
            raise StateError(
                f"{type(self).__name__} is an attribute of one of its own parts; let the name of a"
                " mere reference start with an underscore, such as self._trainer"
            )
        _UNDER_WAY.add(id(self))
        try:
            return self._collect_state()
        finally:
            _UNDER_WAY.discard(id(self))

    def _collect_state(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in self.state_fields}
        state.update((name, get_state(child)) for name, child in self.children.items())
        if "callbacks" in vars(self) and (callbacks := self.callbacks.state_dict()):
            state["callbacks"] = callbacks
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Puts ``state_dict`` in place of the present state.

        Raises:
            StateError: where keys are missing or unexpected, at any depth; the path is named.
        """
        self._check_keys(state_dict)
        for name in self.state_fields:
            setattr(self, name, state_dict[name])
        for name, child in self.children.items():
            self._load_child(name, child, state_dict[name])
        self._load_child("callbacks", self.callbacks, state_dict.get("callbacks", {}))
        self.status.restored = True

    def _check_keys(self, state_dict: Mapping[str, Any]) -> None:
        expected = {*self.state_fields, *self.children}
        missing = sorted(expected - set(state_dict))
        unexpected = sorted(set(state_dict) - expected - {"callbacks"})
        if missing or unexpected:
            parts = [("missing", missing), ("unexpected", unexpected)]
            listed = "; ".join(f"{what} {', '.join(names)}" for what, names in parts if names)
            raise StateError(f"the state doesn't fit {type(self).__name__}: {listed}")

    def _load_child(self, name: str, child: Any, state: Any) -> None:
        try:
            set_state(child, state)
        except (StateError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise StateError(f"{name}: {' '.join(str(error).split())}") from error

    def __repr__(self) -> str:
        return represent(type(self).__name__, self.arguments)


_OWN = {"config", "status", "history", "callbacks"}
_UNDER_WAY: set[int] = set()  # nodes whose state is being collected, to notice cycles
