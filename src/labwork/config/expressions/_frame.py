"""Evaluating: the nodes of a tree, and the frame that their values are computed in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labwork.config.expressions._budget import DEEPEST, Budget, range_length
from labwork.config.expressions._namespace import Namespace
from labwork.config.expressions._open_types import units_of_length
from labwork.config.expressions._source import Refusal, Source, Span
from labwork.core import ExpressionError, LabworkError, shorten

__all__ = ["Frame", "Node", "one_line", "with_article"]


@dataclass(frozen=True, slots=True)
class Node(ABC):
    """A part of an expression; its place in the text is no part of what it is."""

    span: Span = field(compare=False, repr=False)

    @abstractmethod
    def compute(self, frame: "Frame") -> Any:
        """The value in ``frame``; whoever calls this counts the work and places the errors."""

    @property
    def is_literal(self) -> bool:
        """Whether this is a literal, or a container of literals."""
        return False


@dataclass(frozen=True, slots=True)
class Frame:
    """What the value of a node depends on, and what may be spent on it."""

    source: Source
    namespace: Namespace
    kind: str
    budget: Budget
    variables: Mapping[str, Any] = field(default_factory=dict)

    def evaluate(self, node: Node) -> Any:
        """The value of ``node``.

        Raises:
            ExpressionError: where there is none, whatever the reason.
        """
        budget = self.budget
        budget.depth += 1
        try:
            budget.spend(1)
            if budget.depth > DEEPEST:
                raise Refusal("this is nested, or calls itself, too deeply")
            return node.compute(self)
        except ExpressionError:
            raise
        except Refusal as refusal:
            raise self.source.error(str(refusal), refusal.span or node.span) from None
        except Exception as error:
            raise self.source.error(one_line(error), node.span) from error
        finally:
            budget.depth -= 1

    def iterate(self, value: Any, span: Span | None = None) -> Iterator[Any]:
        """The items of ``value``, which stands at ``span``; each costs a unit."""
        if not hasattr(type(value), "__iter__") and not hasattr(type(value), "__getitem__"):
            raise Refusal(f"{with_article(value)} has no items to go through", span)
        if _length(value) > self.budget.left:
            raise Refusal("these are too many items to go through", span)
        for item in value:
            self.budget.spend(1)
            yield item

    def charge_length(self, value: Any) -> None:
        """Pays for how many samples ``value`` has, where it is of an open type."""
        units = units_of_length(value)
        if units and self.namespace.is_open(value):
            self.budget.spend(units)

    def charge_items(self, value: Any) -> None:
        """Pays for going through ``value``, where it is of an open type, without stopping."""
        if hasattr(type(value), "__len__") and self.namespace.is_open(value):
            self.budget.spend(len(value) if getattr(value, "shape", True) else 0)

    def within(self, variables: Mapping[str, Any]) -> "Frame":
        """The frame with ``variables`` besides its own, as a dict that may be changed."""
        self.budget.spend(len(self.variables) + len(variables))
        inner = {**self.variables, **variables}
        return Frame(self.source, self.namespace, self.kind, self.budget, inner)


def _length(value: Any) -> int:
    if isinstance(value, range):
        return range_length(value)
    return len(value) if hasattr(type(value), "__len__") else 0


# Their messages say enough without their names.
_TELLING = (Refusal, ValueError, TypeError, ArithmeticError, IndexError)


def with_article(value: Any) -> str:
    """What ``value`` is, for messages.

    >>> with_article(1), with_article("a")
    ('an int', 'a str')
    """
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def one_line(error: Exception) -> str:
    r"""What ``error`` says, on one line, after its type where that tells more.

    >>> one_line(ValueError("two\nlines")), one_line(KeyError("a")), one_line(OSError())
    ('two lines', "KeyError: 'a'", 'OSError')
    """
    if isinstance(error, RecursionError):
        return "this is nested, or calls itself, too deeply"
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - there are errors that can't be printed
        text = ""
    if isinstance(error, LabworkError) and not isinstance(error, ExpressionError):
        return text
    first_line = text.partition("\n")[0] if isinstance(error, ExpressionError) else text
    line = shorten(first_line, 400)
    name = type(error).__name__
    if not line:
        return name
    return line if isinstance(error, _TELLING) else f"{name}: {line}"
