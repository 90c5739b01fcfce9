"""Reader: from Python's syntax tree to ours, node by node."""

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labwork.config.expressions._frame import Node
from labwork.config.expressions._source import Refusal, Span
from labwork.config.expressions._syntax import Place
from labwork.core import ExpressionError

__all__ = ["Reader", "Readers"]

Readers = Mapping[type, Callable[["Reader", Any], Node]]

_DEEPEST = 90


class Reader:
    """Reads the nodes of one text.

    Args:
        place: where the text stands.
        readers: for each kind of Python's nodes that is part of the language, what reads it.
        refused: what to say of other kinds.
    """

    def __init__(self, place: Place, readers: Readers, refused: Mapping[type, str]) -> None:
        self._place = place
        self._readers = readers
        self._refused = refused
        self._depth = 0

    def read(self, node: ast.AST) -> Node:
        """Our node for Python's.

        Raises:
            ExpressionError: where it isn't part of the language, or is nested too deeply.
        """
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise Refusal("this is nested too deeply")
            if type(node) not in self._readers:
                raise Refusal(self._refused.get(type(node), "this isn't allowed"))
            return self._readers[type(node)](self, node)
        except Refusal as refusal:
            raise self.error(str(refusal), refusal.span or self.span(node)) from None
        finally:
            self._depth -= 1

    def maybe(self, node: ast.AST | None) -> Node | None:
        """Our node for Python's, where there is one."""
        return None if node is None else self.read(node)

    def read_all(self, nodes: Iterable[ast.AST]) -> tuple[Node, ...]:
        """Our nodes for some of Python's."""
        return tuple([self.read(node) for node in nodes])

    def error(self, message: str, span: Span) -> ExpressionError:
        """The error that says ``message`` and points at ``span``."""
        return self._place.source.error(message, span)

    def span(self, node: Any) -> Span:
        """Where a node of Python's stands."""
        return self._place.span(node)
