"""What a value is made of, as far as a fingerprint has to know."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Identified", "Parts", "UnknownContentError", "Vouched"]


class Parts(NamedTuple):
    """A value taken apart.

    Attributes:
        kind: what it is.
        content: what it holds itself.
        children: what it refers to, each with a word for where it is.
    """

    kind: str
    content: bytes = b""
    children: Sequence[tuple[str, Any]] = ()


class Vouched(NamedTuple):
    """Code that may read files and the like, as its own identity tells what it finds there."""

    value: Any


class UnknownContentError(Exception):
    """What an object holds can't be told, so nothing made with it can be told from other things."""


class Identified(ABC):
    """What knows itself what makes it."""

    @abstractmethod
    def identity(self) -> Any:
        """What makes it: plain data, arrays, functions, or others that are identified."""

    def original(self) -> "Identified":
        """What has the same content, where this only keeps it or adds facts about it."""
        return self
