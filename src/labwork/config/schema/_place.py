"""Where in a config one reads, and what was found to be wrong there."""

from dataclasses import dataclass, field
from typing import Any, Literal

from labwork.config.schema._hints import expected
from labwork.config.schema._words import show

__all__ = ["KeyPath", "Place", "Problem"]

KeyPath = tuple[str | int, ...]

# YAML 1.1 read these as booleans; YAML 1.2 takes them for text.
_FORMER_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        kind: ``misfit`` where the type is another, ``tag`` where a literal is another, ``fault``
            for all else. Unions tell by it which member was meant.
    """

    path: KeyPath
    text: str
    kind: Literal["misfit", "tag", "fault"] = "fault"


@dataclass(frozen=True, slots=True)
class Place:
    """A path in the config, with a list where problems are noted.

    Attributes:
        base: the instance whose values stand in for keys that aren't given.
    """

    path: KeyPath = ()
    problems: list[Problem] = field(default_factory=list)
    base: Any = None

    def inner(self, key: str | int, base: Any = None) -> "Place":
        """The place under ``key``; what is wrong there is noted in the same list."""
        return Place((*self.path, key), self.problems, base)

    def attempt(self) -> "Place":
        """The same place with a list of its own, for something that may be dropped."""
        return Place(self.path, [], self.base)

    def fault(self, text: str) -> None:
        """Notes that something is wrong here."""
        self.problems.append(Problem(self.path, text))

    def misfit(self, hint: Any, value: Any, advice: str = "") -> None:
        """Notes that ``value`` is of another type than ``hint``."""
        text = f"expected {expected(hint)}, got {show(value)}{advice or _advice(hint, value)}"
        self.problems.append(Problem(self.path, text, "misfit"))

    def other_literal(self, hint: Any, value: Any, advice: str) -> None:
        """Notes that ``value`` is none of the literals of ``hint``."""
        text = f"expected {expected(hint)}, got {show(value)}{advice}"
        self.problems.append(Problem(self.path, text, "tag"))

    def missing(self, hint: Any) -> None:
        """Notes that a required key isn't there."""
        self.fault(f"required, but missing; expected {expected(hint)}")

    def is_misfit(self) -> bool:
        """Whether all that is wrong is that the value here is of another kind."""
        return len(self.problems) == 1 and (
            self.problems[0].path == self.path and self.problems[0].kind != "fault"
        )

    def distance(self) -> tuple[int, int]:
        """How far the value is from what was expected, for comparison."""
        tags = [p for p in self.problems if p.kind == "tag" and len(p.path) == len(self.path) + 1]
        return len(tags), len(self.problems)


def _advice(hint: Any, value: Any) -> str:
    if hint is str and isinstance(value, int | float):
        return f"; put it in quotes: {show(value)!r}"
    if hint is bool and isinstance(value, str) and value.lower() in _FORMER_BOOLEANS:
        return f"; write {_FORMER_BOOLEANS[value.lower()]}"
    return ""
