"""Names and attributes: how an expression reaches what its namespace holds."""

from collections.abc import Collection
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from labwork.config.expressions._frame import Frame, Node, with_article
from labwork.config.expressions._namespace import group_paths, is_group
from labwork.config.expressions._source import Refusal, Span
from labwork.core import nearest, shorten

__all__ = ["Attribute", "Name", "dotted_name"]

_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable of the expression, or a name of the namespace."""

    name: str

    def compute(self, frame: Frame) -> Any:
        return _no_group(self, self.reach(frame))

    def reach(self, frame: Frame, whole: Node | None = None) -> Any:
        """The value, which may be a group; ``whole`` is what it is the beginning of."""
        if self.name in frame.variables:
            return frame.variables[self.name]
        if self.name in frame.namespace:
            return frame.namespace[self.name]
        known = [*frame.variables, *frame.namespace.paths()]
        path = dotted_name(whole or self) or self.name
        groups = [name for name in frame.namespace if frame.namespace.names_group(name)]
        raise Refusal(_unknown(frame.kind, path, known, groups=groups), self.span)


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """A name in a group, or an attribute of an instance of an open type."""

    value: Node
    name: str

    def compute(self, frame: Frame) -> Any:
        return _no_group(self, self.reach(frame))

    def reach(self, frame: Frame, whole: Node | None = None) -> Any:
        """The value, which may be a group; ``whole`` is what it is the beginning of."""
        value = _reach(self.value, frame, whole or self)
        if not is_group(value):
            return self._of_instance(value, frame)
        if self.name in value:
            return value[self.name]
        group = f"{dotted_name(self.value)}."
        message = _unknown(frame.kind, self.name, group_paths(value), prefix=group)
        raise Refusal(message, self._name_span)

    def _of_instance(self, value: Any, frame: Frame) -> Any:
        if not frame.namespace.is_open(value):
            message = f"attributes of {with_article(value)} can't be used here"
            raise Refusal(message, self._name_span)
        known = frame.namespace.open_names(value)
        if self.name not in known:
            message = _unknown("attribute", self.name, known, whose=f" of {with_article(value)}")
            raise Refusal(message, self._name_span)
        found = frame.namespace.read_open(value, self.name)
        if isinstance(found, ModuleType):
            raise Refusal(f"{self.name!r} is a module, which can't be used", self._name_span)
        return found

    @property
    def _name_span(self) -> Span:
        return self.span[1] - len(self.name), self.span[1]


def dotted_name(node: Node) -> str | None:
    """``a.b.c`` where ``node`` is nothing but a name; None where it is more."""
    if isinstance(node, Name):
        return node.name
    outer = dotted_name(node.value) if isinstance(node, Attribute) else None
    return f"{outer}.{node.name}" if isinstance(node, Attribute) and outer else None


def _reach(node: Node, frame: Frame, whole: Node) -> Any:
    if isinstance(node, Name | Attribute):
        return node.reach(frame, whole)
    return frame.evaluate(node)


def _no_group(node: Node, value: Any) -> Any:
    if not is_group(value):
        return value
    path = dotted_name(node)
    names = group_paths(value)
    hint = f", such as {path}.{names[0]}" if names else ""
    raise Refusal(f"{path!r} is a group of names; write one of them{hint}")


def _unknown(
    kind: str,
    name: str,
    known: list[str],
    prefix: str = "",
    whose: str = "",
    groups: Collection[str] = (),
) -> str:
    """What is wrong, and the nearest name; the known ones where none is near and they are few."""
    guess = _nearest_path(name, known)
    if guess in groups:  # one that isn't imported, so that its names aren't known
        guess = f"{guess}.{name.partition('.')[2] or '…'}"
    hint = f"; did you mean {prefix + guess!r}?" if guess else ""
    if not guess and 0 < len(known) <= _MOST_LISTED:
        hint = f"; known: {', '.join(prefix + name for name in sorted(known))}"
    return f"unknown {kind} {shorten(prefix + name)!r}{whose}{hint}"


def _nearest_path(path: str, known: list[str]) -> str | None:
    """The nearest of ``known``, by its last part where that is right or nothing else is near."""
    last = path.rpartition(".")[2]
    by_last = {k.rpartition(".")[2]: k for k in reversed(known)}
    if last in by_last:
        return by_last[last]
    guess = nearest(last, by_last)
    return nearest(path, known) or (by_last[guess] if guess else None)
