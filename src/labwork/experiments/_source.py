"""Source: what describes a part of an experiment, and where that was written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labwork.config import (
    Arguments,
    Expression,
    TreeError,
    from_plain,
    parse_arguments,
    parse_expression,
)
from labwork.core import ConfigError
from labwork.experiments._namespace import names

__all__ = ["KeyPath", "Source", "Written", "name_in", "plain_name", "read_arguments"]

KeyPath = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A string of the command line, or a piece of a config.

    Attributes:
        value: a string or plain data.
        key: what it is called, such as ``MODEL`` or ``model``.
        origin: where the piece at a path below ``key`` was written; None on the command line.
    """

    value: Any
    key: str
    origin: Callable[[str], str] | None = None

    @classmethod
    def of(cls, source: "Source | Any", key: str) -> "Source":
        """``source`` itself, or a source of that value."""
        return source if isinstance(source, Source) else cls(source, key)

    def place(self, path: str = "") -> str:
        """Where it was written, for messages.

        >>> Source({}, "model", lambda path: "base.yaml:3").place("depth")
        'base.yaml:3: model/depth'
        """
        full = f"{self.key}/{path}" if path else self.key
        return f"{self.origin(full)}: {full}" if self.origin else full

    def at(self, name: str, default: Any = None) -> "Source":
        """The piece called ``name`` of a mapping."""
        value = self.value.get(name, default)
        return Source(value, f"{self.key}/{name}", self.origin)

    def items(self) -> list["Source"]:
        """The pieces of a list."""
        return [Source(v, f"{self.key}/{i}", self.origin) for i, v in enumerate(self.value)]

    def read(self, kind: str = "argument") -> Any:
        """The value of plain data, in which strings that begin with ``=`` are expressions.

        A mapping gives a tree of arguments; see ``from_plain``.

        Raises:
            ConfigError: where an expression can't be evaluated.
        """
        known = dict(self.expressions())
        try:
            return from_plain(self.value, lambda text: known[text].evaluate(names(kind)))
        except TreeError as error:
            lines = [f"{self.place(_joined(path))}: {text}" for path, text in error.faults]
            raise ConfigError("\n".join(lines)) from error

    def expressions(self) -> list[tuple[str, Expression]]:
        """The expressions in plain data, by their text, each knowing where it was written."""
        if isinstance(self.value, Mapping):
            return [found for name in self.value for found in self.at(name).expressions()]
        if isinstance(self.value, list):
            return [found for item in self.items() for found in item.expressions()]
        if isinstance(self.value, str) and _IS_EXPRESSION.match(self.value):
            return [(self.value[1:], parse_expression(self.value[1:], self.place()))]
        return []

    def need(self, *kinds: type) -> None:
        """Makes sure of the kind of value.

        Raises:
            ConfigError: where it is of another kind.
        """
        if not isinstance(self.value, kinds):
            listed = " or ".join(_KINDS[kind] for kind in kinds)
            raise ConfigError(f"{self.place()}: expected {listed}, got {self.value!r}")


def _joined(path: KeyPath) -> str:
    return "/".join(map(str, path))


Written = Source | Expression
"""A piece of a config, or of a string, that a value was read from."""

_IS_EXPRESSION = re.compile("=(?!=)")
_KINDS: dict[Any, str] = {str: "a string", dict: "a mapping", list: "a list", Mapping: "a mapping"}


def read_arguments(source: Source) -> Arguments:
    """A string as a list of arguments, such as ``ResNetV1,backbone_f=t(depth=18)``."""
    source.need(str)
    return parse_arguments(source.value, source.place())


def plain_name(source: Source) -> Expression:
    """A string that is a name and nothing else, as it stands in a mapping beside its arguments.

    Raises:
        ConfigError: where it is more.
    """
    given = read_arguments(source)
    if len(given.args) != 1 or given.keywords or given.args[0].name is None:
        raise ConfigError(
            f"{source.place()}: {source.value!r} must be a name alone; its arguments are keys"
            " beside it"
        )
    return given.args[0]


def name_in(source: Source) -> Expression:
    """What a mapping says under ``name``, beside the arguments of what it names.

    Raises:
        ConfigError: where it says nothing, or more than a name.
    """
    if "name" not in source.value:
        raise ConfigError(f"{source.place()}: name must be given")
    return plain_name(source.at("name"))
