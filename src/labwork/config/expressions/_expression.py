"""Expressions: texts that are read once, and evaluated over the names that they are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labwork.config.expressions._budget import budget_of_evaluation
from labwork.config.expressions._frame import Frame, Node
from labwork.config.expressions._names import dotted_name
from labwork.config.expressions._namespace import Namespace
from labwork.config.expressions._source import Source
from labwork.core import ExpressionError

__all__ = ["Arguments", "Expression"]

_NOTHING = Namespace({})


@dataclass(frozen=True, slots=True, repr=False)
class Expression:
    """An expression, as ``parse_expression`` gives it.

    Two are equal where they are built alike, however they are spaced and wherever they stand.
    """

    node: Node
    source: Source = field(compare=False)
    span: tuple[int, int] = field(compare=False)

    @property
    def text(self) -> str:
        """What was written."""
        return self.source.text[slice(*self.span)]

    @property
    def where(self) -> str:
        """Where it was written."""
        return self.source.where

    @property
    def name(self) -> str | None:
        """The name, with its dots, where the expression is nothing else; else None."""
        return dotted_name(self.node)

    @property
    def is_literal(self) -> bool:
        """Whether it is made of literals and containers only, so that it needs no names."""
        return self.node.is_literal

    def evaluate(
        self, namespace: Namespace | Mapping[str, Any] = _NOTHING, kind: str = "name"
    ) -> Any:
        """The value.

        Args:
            namespace: all that can be reached.
            kind: what the names in it name, such as ``model``, for messages.

        Raises:
            ExpressionError: where a name isn't known, a call fails, a limit is passed, or what
                is written has no value for another reason.

        >>> from labwork.config.expressions import parse_expression
        >>> parse_expression("size // 2 + 1").evaluate({"size": 8})
        5
        """
        space = namespace if isinstance(namespace, Namespace) else Namespace(namespace)
        with budget_of_evaluation() as budget:
            return Frame(self.source, space, kind, budget).evaluate(self.node)

    def error(self, message: str) -> ExpressionError:
        """An error that says ``message`` and points at the expression, to be raised."""
        return self.source.error(message, self.span)

    def __repr__(self) -> str:
        return f"parse_expression({self.text!r})"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What stands between the brackets of a call, as ``parse_arguments`` gives it."""

    args: tuple[Expression, ...] = ()
    keywords: Mapping[str, Expression] = field(default_factory=dict)
