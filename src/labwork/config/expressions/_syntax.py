"""Python's parser, which only says how a text is built; nothing of it is ever run."""

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Any

from labwork.config.expressions._source import Source, Span
from labwork.config.expressions._tokens import Token, match_brackets
from labwork.core import ExpressionError, shorten

__all__ = ["Place", "parse_place"]

_LINE_END = re.compile(r"\r\n|\r|\n")
# Odd escapes and numbers that run into names. Catching warnings makes Python show again those
# that it has shown already, so it isn't done for every text.
_MAY_WARN = re.compile(r"\\|\d\.?[A-Za-z]")
_ASSIGNMENT = re.compile(r"assign|':='")


class Place:
    """A part of a source, and where the pieces are that Python's parser finds in it.

    Args:
        source: the whole text.
        span: what is to be read of it.
        prefix: what is put before it, a bracket in the end of which it stands; so it may have
            several lines.
    """

    def __init__(self, source: Source, span: Span, prefix: str = "(") -> None:
        self.source = source
        self.start, self.end = start, end = span
        self.prefix = prefix
        self.text = source.text[start:end]
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        self._is_ascii = self.text.isascii()

    def span(self, node: Any) -> Span:
        """The span of a node of the syntax tree."""
        start = self._offset(node.lineno, node.col_offset)
        return start, max(start, self._offset(node.end_lineno, node.end_col_offset))

    def _offset(self, line: int, column: int) -> int:
        """The offset of a column of UTF-8 bytes."""
        if line > len(self._starts):  # the bracket after the text
            return self.end
        column -= len(self.prefix) if line == 1 else 0
        start = self._starts[line - 1]
        if not self._is_ascii:
            written = self.text[start:].encode()[: max(column, 0)]
            column = len(written.decode(errors="ignore"))
        return self.start + min(max(start + column, 0), len(self.text))

    def error_span(self, error: BaseException) -> Span:
        """The span that a SyntaxError tells; it counts characters from 1."""
        line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
        if not line or not column or "(unicode error)" in str(error):
            return self.start, self.end
        if line > len(self._starts):
            last = self.start + max(0, len(self.text.rstrip()) - 1)
            return last, last + 1
        start = self._starts[line - 1] + column - 1 - (len(self.prefix) if line == 1 else 0)
        is_in_line = getattr(error, "end_lineno", None) == line
        width = (getattr(error, "end_offset", None) or 0) - column if is_in_line else 1
        first = self.start + min(max(start, 0), len(self.text))
        return first, min(first + max(width, 1), max(self.end, first + 1))


def parse_place(place: Place, tokens: Sequence[Token]) -> ast.expr:
    """The syntax tree of a part of a text, which has these tokens.

    Raises:
        ExpressionError: where Python's grammar doesn't know such text.
    """
    match_brackets(tokens, place.source)  # so that the text can't leave the brackets
    try:
        return _parse(f"{place.prefix}{place.text}\n)", bool(_MAY_WARN.search(place.text)))
    except (SyntaxError, ValueError) as error:
        raise _unreadable(error, place) from None
    except (RecursionError, MemoryError):
        raise place.source.error("this is nested too deeply", (place.start, place.end)) from None


def _parse(text: str, may_warn: bool) -> ast.expr:
    if not may_warn:
        return ast.parse(text, mode="eval").body
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text, mode="eval").body


def _unreadable(error: Exception, place: Place) -> ExpressionError:
    message = shorten(str(getattr(error, "msg", error)), 120)
    if _ASSIGNMENT.search(message):
        message = "'=' stands only after the name of an argument"
    return place.source.error(f"can't be read: {message}", place.error_span(error))
