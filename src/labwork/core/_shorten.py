"""What a message shows of something long."""

import re

__all__ = ["shorten"]

_BREAKS = re.compile(r"\s*\n\s*")


def shorten(text: str, longest: int = 60) -> str:
    r"""``text`` on one line, cut where it is longer than ``longest`` characters.

    >>> shorten("a long\n  text", 8)
    'a long …'
    """
    line = _BREAKS.sub(" ", text[: 2 * longest]).strip()
    cut = len(line) > longest or len(text) > 2 * longest
    return f"{line[: longest - 1]}…" if cut else line
