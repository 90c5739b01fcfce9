"""Where a value was written."""

from typing import NamedTuple

__all__ = ["COMMAND_LINE", "DEFAULT", "Origin"]

DEFAULT = "default"
COMMAND_LINE = "command line"


class Origin(NamedTuple):
    """A line of a file.

    Attributes:
        file: the file, as the user named it.
        line: the line, from 1 on.

    >>> str(Origin("base.yaml", 12))
    'base.yaml:12'
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
