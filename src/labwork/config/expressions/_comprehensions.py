"""Comprehensions; a generator expression gives a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labwork.config.expressions._containers import make
from labwork.config.expressions._frame import Frame, Node
from labwork.config.expressions._keys import Keys
from labwork.config.expressions._source import Refusal

__all__ = ["Comprehension", "DictComprehension", "Loop", "Target"]

Target = str | tuple[Any, ...]  # a name, or targets in brackets


@dataclass(frozen=True, slots=True)
class Loop:
    """``for target in items if condition``."""

    target: Target
    items: Node
    conditions: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """A list or a set, by loops."""

    kind: type
    item: Node
    loops: tuple[Loop, ...]

    def compute(self, frame: Frame) -> Any:
        items = (inner.evaluate(self.item) for inner in _run(self.loops, frame))
        return make(self.kind, items, frame)


@dataclass(frozen=True, slots=True)
class DictComprehension(Node):
    """A dict, by loops."""

    key: Node
    value: Node
    loops: tuple[Loop, ...]

    def compute(self, frame: Frame) -> dict[Any, Any]:
        keys = Keys(frame.budget)
        for inner in _run(self.loops, frame):
            keys.put(inner.evaluate(self.key), inner.evaluate(self.value))
        return keys.items


def _run(loops: tuple[Loop, ...], frame: Frame) -> Iterator[Frame]:
    """A frame for each round of the innermost loop."""
    if not loops:
        yield frame
        return
    loop, *others = loops
    for item in frame.iterate(frame.evaluate(loop.items), loop.items.span):
        inner = frame.within(dict(_bind(loop.target, item, frame)))
        if all(inner.evaluate(condition) for condition in loop.conditions):
            yield from _run(tuple(others), inner)


def _bind(target: Target, value: Any, frame: Frame) -> Iterator[tuple[str, Any]]:
    if isinstance(target, str):
        yield target, value
        return
    values = list(frame.iterate(value))
    if len(values) != len(target):
        raise Refusal(f"{len(target)} names for {len(values)} values")
    for inner, item in zip(target, values, strict=True):
        yield from _bind(inner, item, frame)
