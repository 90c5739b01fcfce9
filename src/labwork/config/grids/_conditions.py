"""Conditions: what stands behind ``if`` in a key."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from labwork.config.files import split_path
from labwork.config.files._parse import UNTAGGED, parse
from labwork.config.files._scalars import untagged_value
from labwork.config.schema._words import show
from labwork.core import ConfigError

__all__ = ["Comparison", "parse_condition"]

_PARTS = re.compile(r"""(?:"[^"]*"|'[^']*'|(?!\s+and(?:\s|$)).)+""")
_TEST = re.compile(r"(?P<path>[^=!<>]+?)\s*(?P<sign>==|!=|=|\snot\s+in\s|\sin\s)\s*(?P<value>.+)")
_UNCLEAR = re.compile(r"[\s=<>]")
_FORMS = "write a key and its value, such as 'optimizer/name = sgd', 'depth != 18', 'lr in [1, 2]'"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a key has one of some values; a key that isn't there has none of them.

    Attributes:
        path: the key, from the root of the config.
        options: the values.
        is_negated: whether it holds where the key has another value, or isn't there.
    """

    path: tuple[str, ...]
    options: tuple[Any, ...]
    is_negated: bool

    def matches(self, value: Any) -> bool:
        """Whether ``value`` is one of the options; true isn't 1."""
        return any(
            value == option and isinstance(value, bool) == isinstance(option, bool)
            for option in self.options
        )


def parse_condition(text: str, where: str) -> tuple[Comparison, ...]:
    """The tests of a condition, which holds where all of them do.

    Raises:
        ConfigError: where ``text`` has another form.

    >>> parse_condition("optimizer/name = sgd and depth not in [18, 34]", "a.yaml:1")
    (Comparison(path=('optimizer', 'name'), options=('sgd',), is_negated=False),
     Comparison(path=('depth',), options=(18, 34), is_negated=True))
    """
    return tuple(_parse_test(part[0].strip(), where) for part in _PARTS.finditer(text))


def _parse_test(text: str, where: str) -> Comparison:
    match = _TEST.fullmatch(text.removeprefix("and "))
    if match is None:
        raise ConfigError(f"{where}: the condition {text!r} can't be read; {_FORMS}")
    sign = " ".join(match["sign"].split())
    value = _typed(match["value"], where)
    if sign.endswith("in") and not isinstance(value, list):
        raise ConfigError(f"{where}: behind 'in' stands a list, such as [1, 2], not {show(value)}")
    options = tuple(value) if sign.endswith("in") else (value,)
    return Comparison(split_path(match["path"].strip()), options, sign in ("!=", "not in"))


def _typed(text: str, where: str) -> Any:
    return _plain(parse(text, lambda _: where), where)


def _plain(node: yaml.Node | None, where: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value, where) if node.tag == UNTAGGED else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, where) for item in node.value]
    raise ConfigError(f"{where}: a condition compares with single values and lists of them")


def _scalar(text: str, where: str) -> Any:
    """The value of what isn't quoted; text of several words could be a misspelt condition."""
    if _UNCLEAR.search(text):
        raise ConfigError(f"{where}: the condition is unclear; put {text!r} in quotes, or {_FORMS}")
    return untagged_value(text)
