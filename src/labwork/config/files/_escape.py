"""The text of references, and how text that looks like one is kept as text."""

import re
from typing import Any

__all__ = ["BRACED", "WHOLE", "escape_references", "unescape_braces"]

WHOLE = re.compile(r"""\$\{([^{}]*)\}|\{([^\s{}$,:"']+)\}""")
"""A text that is one reference and nothing else: its path is in one of the groups."""

BRACED = re.compile(r"""(\{{2,})([^\s{}$,:"']+)(\}{2,})""")
_DOLLARS = re.compile(r"(\$+)\{")


def escape_references(data: Any) -> Any:
    """Plain data such that composing them gives them back, whatever braces are in their strings.

    >>> escape_references({"a": ["${b}", "{b}", "{b, c}"]})
    {'a': ['$${b}', '{{b}}', '{b, c}']}
    """
    if isinstance(data, dict):
        return {key: escape_references(value) for key, value in data.items()}
    if isinstance(data, list):
        return [escape_references(item) for item in data]
    return _escape(data) if isinstance(data, str) and "{" in data else data


def _escape(text: str) -> str:
    if (text[0] == "{" and WHOLE.fullmatch(text)) or _is_braced(text):
        return f"{{{text}}}"
    return _DOLLARS.sub(r"$\g<0>", text)


def unescape_braces(text: str) -> str | None:
    """``{a}`` for ``{{a}}``, None for a text of another form."""
    return text[1:-1] if _is_braced(text) else None


def _is_braced(text: str) -> bool:
    match = BRACED.fullmatch(text)
    return match is not None and len(match[1]) == len(match[3])
