"""Literals and what holds several values: tuples, lists, sets and dicts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labwork.config.expressions._frame import Frame, Node
from labwork.config.expressions._keys import Keys
from labwork.config.expressions._source import Refusal

__all__ = ["Dict", "Display", "Literal", "Starred", "items_of", "make"]


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A number, a string, True, False, None or an ellipsis."""

    value: Any

    def compute(self, frame: Frame) -> Any:
        return self.value

    @property
    def is_literal(self) -> bool:
        return True

    def _key(self) -> tuple[type, Any]:
        return type(self.value), self.value  # 1, 1.0 and True are different literals

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, slots=True)
class Starred(Node):
    """``*value`` among the items of a container or the arguments of a call."""

    value: Node

    def compute(self, frame: Frame) -> Any:
        raise Refusal("'*' can't stand here")


@dataclass(frozen=True, slots=True)
class Display(Node):
    """A tuple, list or set, item by item."""

    kind: type
    items: tuple[Node, ...]

    def compute(self, frame: Frame) -> Any:
        return make(self.kind, items_of(self.items, frame), frame)

    @property
    def is_literal(self) -> bool:
        return all(item.is_literal for item in self.items)


@dataclass(frozen=True, slots=True)
class Dict(Node):
    """A dict, item by item; a key of None stands for ``**value``."""

    items: tuple[tuple[Node | None, Node], ...]

    def compute(self, frame: Frame) -> dict[Any, Any]:
        keys = Keys(frame.budget)
        for key, value in self.items:
            if key is not None:
                keys.put(frame.evaluate(key), frame.evaluate(value))
                continue
            mapping = frame.evaluate(value)
            if not isinstance(mapping, Mapping):
                raise Refusal(f"'**' needs a dict, no {type(mapping).__name__}", value.span)
            for name in frame.iterate(mapping, value.span):
                keys.put(name, mapping[name])
        return keys.items

    @property
    def is_literal(self) -> bool:
        return all(k is not None and k.is_literal and v.is_literal for k, v in self.items)


def items_of(nodes: Iterable[Node], frame: Frame) -> Iterator[Any]:
    """The values of ``nodes``, in which starred ones stand for their items."""
    for node in nodes:
        if isinstance(node, Starred):
            yield from frame.iterate(frame.evaluate(node.value), node.span)
        else:
            yield frame.evaluate(node)


def make(kind: type, items: Iterable[Any], frame: Frame) -> Any:
    """A tuple, list or set of ``items``, each of which is paid for as it comes."""
    if kind is set:
        keys = Keys(frame.budget)
        for item in items:
            keys.put(item)
        return set(keys.items)
    made = []
    for item in items:
        frame.budget.charge(item)
        made.append(item)
    return kind(made)
