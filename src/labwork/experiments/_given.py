"""Given: arguments that know where each of them was written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from labwork.config import ArgTree, Expression
from labwork.core import ConfigError
from labwork.experiments._leaf import place_of
from labwork.experiments._namespace import names
from labwork.experiments._source import KeyPath, Source, Written

__all__ = ["Given", "raise_together"]


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments, and where they were written.

    Attributes:
        tree: the arguments.
        where: where what they are for was written.
        written: for each argument, the piece of a config or of a string that it was read from.
    """

    tree: ArgTree
    where: str
    written: Mapping[str, Written] = field(default_factory=dict)

    @classmethod
    def read(cls, written: Mapping[str, Written], where: str) -> "Given":
        """The arguments that pieces of a config, or of a string, stand for.

        Raises:
            ConfigError: where some can't be read; it tells of all of them.
        """
        values = raise_together(partial(_value, piece) for piece in written.values())
        return cls(ArgTree(**dict(zip(written, values, strict=True))), where, written)

    @classmethod
    def beside(cls, source: Source, *known: str) -> "Given":
        """The arguments in a mapping that stand beside keys that are ``known``."""
        keys = [key for key in source.value if key not in known]
        return cls.read({key: source.at(key) for key in keys}, source.place())

    def joined(self, name: str, value: Any, piece: Written) -> "Given":
        """With a further argument, unless it is there already."""
        tree = ArgTree(**{name: value, **self.tree.changes})
        return Given(tree, self.where, {name: piece, **self.written})

    def error(self, faults: Iterable[tuple[KeyPath, str]]) -> ConfigError:
        """The error that tells of all faults, each with the place of its argument.

        Args:
            faults: for each, the keys that lead to it in the tree, and what is wrong.
        """
        return ConfigError("\n".join(self._tell(path, text) for path, text in faults))

    def place(self, path: KeyPath) -> str:
        """Where the argument that some keys lead to was written."""
        piece = self.written.get(path[0]) if path else None
        if isinstance(piece, Source):
            return place_of(piece, path[1:])
        return self.where

    def _tell(self, path: KeyPath, text: str) -> str:
        piece = self.written.get(path[0]) if path else None
        if isinstance(piece, Expression):
            return str(piece.error(text))
        return f"{self.place(path)}: {text}"


def _value(piece: Written) -> Any:
    return piece.read() if isinstance(piece, Source) else piece.evaluate(names("argument"))


def raise_together(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """What the calls give.

    Raises:
        ConfigError: where some of them raise one; it tells of all of them.
    """
    results, problems = [], []
    for call in calls:
        try:
            results.append(call())
        except ConfigError as error:
            problems.append(error)
    told = {str(problem): problem for problem in problems}  # subsets have their arguments in common
    if len(told) == 1:
        raise problems[0]
    if told:
        raise ConfigError("\n".join(told))
    return results
