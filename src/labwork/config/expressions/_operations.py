"""Operators, comparisons, conditions, indexing and slicing."""

from dataclasses import dataclass
from typing import Any

from labwork.config.expressions._containers import Literal
from labwork.config.expressions._frame import Frame, Node, with_article
from labwork.config.expressions._open_types import has_shape, units_of_index, units_of_shapes
from labwork.config.expressions._operators import COMPARISONS, apply_binary, apply_unary
from labwork.config.expressions._source import Refusal
from labwork.core import shorten

__all__ = ["Binary", "Boolean", "Comparison", "Conditional", "Not", "Slice", "Subscript", "Unary"]

_INDEXABLE = (str, bytes, list, tuple, dict, range)


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``-value`` and its kin."""

    symbol: str
    value: Node

    def compute(self, frame: Frame) -> Any:
        return apply_unary(self.symbol, frame.evaluate(self.value), frame)

    @property
    def is_literal(self) -> bool:
        return isinstance(self.value, Literal) and self.symbol in "+-"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``not value``."""

    value: Node

    def compute(self, frame: Frame) -> bool:
        return not frame.evaluate(self.value)


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``left + right`` and its kin."""

    symbol: str
    left: Node
    right: Node

    def compute(self, frame: Frame) -> Any:
        left, right = frame.evaluate(self.left), frame.evaluate(self.right)
        return apply_binary(self.symbol, left, right, frame)


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """``a and b and c``, or the same with ``or``."""

    is_or: bool
    values: tuple[Node, ...]

    def compute(self, frame: Frame) -> Any:
        *first, last = self.values
        for node in first:
            value = frame.evaluate(node)
            if bool(value) is self.is_or:
                return value
        return frame.evaluate(last)


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``a < b <= c`` and its kin; each pair is compared until one doesn't hold."""

    first: Node
    others: tuple[tuple[str, Node], ...]

    def compute(self, frame: Frame) -> Any:
        left, result = frame.evaluate(self.first), None
        for i, (symbol, node) in enumerate(self.others):
            if i and not result:
                break
            right = frame.evaluate(node)
            _pay_comparison(symbol, left, right, frame)
            result = COMPARISONS[symbol](left, right)
            left = right
        return result


def _pay_comparison(symbol: str, left: Any, right: Any, frame: Frame) -> None:
    if symbol in ("is", "is not"):
        return
    frame.budget.charge(left, right)
    frame.budget.spend(units_of_shapes([left, right]))
    if symbol in ("in", "not in"):
        frame.charge_items(right)


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``value if condition else other``."""

    condition: Node
    value: Node
    other: Node

    def compute(self, frame: Frame) -> Any:
        return frame.evaluate(self.value if frame.evaluate(self.condition) else self.other)


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """``start:stop:step`` between square brackets."""

    parts: tuple[Node | None, ...]

    def compute(self, frame: Frame) -> slice:
        return slice(*(part and frame.evaluate(part) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """``value[key]`` of a plain container or an instance of an open type."""

    value: Node
    key: Node

    def compute(self, frame: Frame) -> Any:
        value, key = frame.evaluate(self.value), frame.evaluate(self.key)
        if not isinstance(value, _INDEXABLE) and not frame.namespace.is_open(value):
            raise Refusal(f"items of {with_article(value)} can't be used here")
        frame.budget.charge(key)
        frame.budget.spend(units_of_index(value, key))
        if isinstance(value, dict) and key not in value:
            raise Refusal(f"there is no key {_shown(key)}", self.key.span)
        item = value[key]
        if isinstance(key, slice) and not isinstance(item, range):
            frame.budget.charge(item)
        if not isinstance(key, int | str) and not isinstance(value, _INDEXABLE):
            _pay_selection(value, item, frame)
        return item


def _pay_selection(value: Any, item: Any, frame: Frame) -> None:
    if not has_shape(item):
        frame.charge_length(item)
        frame.budget.note(item, frame.budget.weight(value))  # it may keep all of the value


def _shown(key: Any) -> str:
    return (
        shorten(repr(key))
        if isinstance(key, str | int | float)
        else f"like this {type(key).__name__}"
    )
