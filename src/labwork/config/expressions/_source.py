"""What was written, where, and errors that point into it."""

from dataclasses import dataclass

from labwork.core import ExpressionError

__all__ = ["Refusal", "Source", "Span"]

Span = tuple[int, int]

_WIDEST = 76
_BEFORE = 36


class Refusal(Exception):  # noqa: N818
    """Something that isn't allowed; whoever knows the place makes an error of it."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


@dataclass(frozen=True, slots=True)
class Source:
    """A text, and where it was written."""

    text: str
    where: str = ""

    def error(self, message: str, span: Span) -> ExpressionError:
        """The error that says ``message`` and puts carets under ``span``.

        >>> print(Source("f(a, b)", "MODEL").error("unknown name 'b'", (5, 6)))
        MODEL: unknown name 'b'
          f(a, b)
               ^
        """
        place = f"{self.where}: " if self.where else ""
        first, newline, rest = message.partition("\n")  # what follows is a traceback
        text = f"{place}{first}{_excerpt(self.text, span)}{newline}{rest}"
        return ExpressionError(text, self.text, span)


def _excerpt(text: str, span: Span) -> str:
    """The line around ``span``, and carets under it; nothing where nothing was written."""
    if not text.strip():
        return ""
    start = min(span[0], len(text.rstrip()))
    first = text.rfind("\n", 0, start) + 1
    line = text[first:].partition("\n")[0]
    column = start - first
    width = max(1, min(span[1] - start, len(line) - column))
    left = max(0, column - _BEFORE) if len(line) > _WIDEST else 0
    shown = line[left : left + _WIDEST]
    before, after = "…" * (left > 0), "…" * (left + _WIDEST < len(line))
    carets = "^" * min(width, left + _WIDEST - column)
    return (
        f"\n  {before}{_printable(shown)}{after}\n  {' ' * (len(before) + column - left)}{carets}"
    )


def _printable(line: str) -> str:
    """One plain character for each, so that carets stay in place and terminals aren't steered."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in line)
